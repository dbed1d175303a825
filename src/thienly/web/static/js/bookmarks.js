/** Bookmarks of one camera, or of several on one clock: kept, listed beside the line, removed. */

import { moment } from "./moments.js";

/** @typedef {import("../timeline/source.js").Flag & {lane: number}} Flag */

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const field = (id) => /** @type {HTMLInputElement} */ (byId(id));

/** Headers of a request that changes something. */
function changing() {
  const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
  return { "Content-Type": "application/json", "X-CSRFToken": token };
}

export class Bookmarks {
  /**
   * @param {readonly {id: string, name: string}[]} cameras in the order of the line's lanes
   * @param {import("./timeline.js").Timeline} line
   * @param {{now: () => number | null, go: (ms: number) => void, tell: (text: string | undefined) => void}} page
   */
  constructor(cameras, line, page) {
    this._cameras = cameras;
    this._line = line;
    this._page = page;
    this._words = byId("marks").dataset;
    this._dialog = /** @type {HTMLDialogElement} */ (byId("mark-dialog"));
    /** @type {{at: number, until: number | null}} */
    this._span = { at: 0, until: null };
    /** @type {Set<string>} cameras for which this one is kept already, when others failed */
    this._done = new Set();
    byId("mark-cancel").addEventListener("click", () => this._dialog.close());
    byId("mark-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this._keep();
    });
    this._listed = "";
    line.addEventListener("news", () => this._list());
    line.addEventListener("view", () => this._list());
  }

  /** Asks for a name for what is shown, or for the selected span. */
  open() {
    const now = this._page.now();
    const selected = this._line.span.span;
    if (now === null && !selected) return this._page.tell(this._words.nopicture);
    this._span = selected ? { at: selected.from, until: selected.to } : { at: now ?? 0, until: null };
    this._done.clear();
    byId("mark-when").textContent = moment(this._span.at) + (this._span.until ? ` – ${moment(this._span.until)}` : "");
    byId("mark-wrong").hidden = true;
    this._dialog.showModal();
    byId("mark-title").focus();
  }

  async _keep() {
    const chosen = /** @type {HTMLSelectElement | null} */ (byId("mark-camera"))?.value;
    const wanted = this._cameras.filter(({ id }) => (!chosen || id === chosen) && !this._done.has(id));
    const wrongs = (await Promise.all(wanted.map((camera) => this._keepOf(camera)))).filter(Boolean);
    if (wrongs.length) {
      const wrong = byId("mark-wrong");
      wrong.textContent = [...new Set(wrongs)].join(" ");
      wrong.hidden = false;
    } else {
      this._dialog.close();
      field("mark-title").value = field("mark-note").value = "";
      this._page.tell(this._words.kept);
    }
    this._refresh();
  }

  /** What is wrong, or an empty text. @param {{id: string, name: string}} camera */
  async _keepOf({ id, name }) {
    const { at, until } = this._span;
    const answer = await fetch(`/api/cameras/${id}/bookmarks`, {
      method: "POST",
      headers: changing(),
      body: JSON.stringify({
        at: new Date(at).toISOString(),
        until: until === null ? null : new Date(until).toISOString(),
        title: field("mark-title").value,
        note: field("mark-note").value,
        shared: field("mark-shared").checked,
      }),
    }).catch(() => null);
    if (answer?.ok) {
      this._done.add(id);
      return "";
    }
    // The reason stands in the answer, by field, in the person's language.
    const fields = answer?.status === 422 ? (await answer.json()).fields : null;
    if (fields) return Object.values(fields).flat().join(" ");
    return name ? `${name}: ${this._words.failed}` : this._words.failed ?? "";
  }

  /** @param {readonly Flag[]} flags */
  async _remove(flags) {
    const answers = await Promise.all(flags.map(({ id }) => fetch(`/api/bookmarks/${id}`, { method: "DELETE", headers: changing() }).catch(() => null)));
    this._page.tell(answers.every((answer) => answer?.ok) ? this._words.removed : this._words.failed);
    this._refresh();
  }

  _refresh() {
    for (const source of this._line.sources) source.refresh();
  }

  /** Those in view, as a list: for keyboards, screen readers, and whoever reads faster than he points. */
  _list() {
    if (!this._line.sources.every((source) => source.isTold)) return; // a line of the list is to hold all its marks
    const { from, to } = this._line.view;
    const shown = this._line.flags.filter((one) => one.sort === "bookmark" && (one.until ?? one.at) >= from && one.at < to);
    // What was marked for several cameras at once is one line.
    /** @type {Map<string, Flag[]>} */
    const same = new Map();
    for (const one of shown) {
      const key = JSON.stringify([one.at, one.until, one.title, one.note, one.by]);
      same.set(key, [...(same.get(key) ?? []), one]);
    }
    const groups = [...same.values()];
    const listed = JSON.stringify(groups);
    if (listed === this._listed) return; // a button that is just being pressed stays where it is
    this._listed = listed;
    byId("marks-count").textContent = groups.length ? String(groups.length) : "";
    const rows = groups.map((flags) => this._row(flags));
    byId("marks-list").replaceChildren(...(rows.length ? rows : [Object.assign(document.createElement("li"), { className: "muted", textContent: this._words.none ?? "" })]));
  }

  /** @param {readonly Flag[]} flags the same mark on one camera or several */
  _row(flags) {
    const row = document.createElement("li");
    const flag = /** @type {Flag} */ (flags[0]);
    const go = button("link", `${moment(flag.at)} · ${flag.title}`, () => this._page.go(flag.at));
    row.append(go);
    const all = flags.length > 1 && flags.length === this._cameras.length;
    const names = all ? this._words.all : flags.map(({ lane }) => this._cameras[lane]?.name).filter(Boolean).join(", ");
    const more = [names, flag.note, flag.own ? "" : (this._words.shared ?? "").replace("{name}", flag.by)].filter(Boolean).join(" · ");
    if (more) row.append(Object.assign(document.createElement("span"), { className: "muted", textContent: ` ${more}` }));
    if (flag.own) row.append(" ", button("link remove", this._words.remove ?? "", () => void this._remove(flags)));
    return row;
  }
}

/** @param {string} className @param {string} text @param {() => void} act */
function button(className, text, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className, textContent: text });
  made.addEventListener("click", act);
  return made;
}
