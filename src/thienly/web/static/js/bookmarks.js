/** Bookmarks of a camera: kept, listed beside the line, removed. */

import { moment } from "./moments.js";

/** @typedef {import("../timeline/source.js").Flag} Flag */

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Headers of a request that changes something. */
function changing() {
  const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
  return { "Content-Type": "application/json", "X-CSRFToken": token };
}

export class Bookmarks {
  /**
   * @param {string} camera id
   * @param {import("./timeline.js").Timeline} line
   * @param {{now: () => number | null, go: (ms: number) => void, tell: (text: string | undefined) => void}} page
   */
  constructor(camera, line, page) {
    this._camera = camera;
    this._line = line;
    this._page = page;
    this._words = byId("marks").dataset;
    this._dialog = /** @type {HTMLDialogElement} */ (byId("mark-dialog"));
    /** @type {{at: number, until: number | null}} */
    this._span = { at: 0, until: null };
    byId("mark-cancel").addEventListener("click", () => this._dialog.close());
    byId("mark-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this._keep();
    });
    line.addEventListener("news", () => this._list());
    line.addEventListener("view", () => this._list());
  }

  /** Asks for a name for what is shown, or for the selected span. */
  open() {
    const now = this._page.now();
    const selected = this._line.span.span;
    if (now === null && !selected) return this._page.tell(this._words.nopicture);
    this._span = selected ? { at: selected.from, until: selected.to } : { at: now ?? 0, until: null };
    byId("mark-when").textContent = moment(this._span.at) + (this._span.until ? ` – ${moment(this._span.until)}` : "");
    byId("mark-wrong").hidden = true;
    this._dialog.showModal();
    byId("mark-title").focus();
  }

  async _keep() {
    const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));
    const { at, until } = this._span;
    const answer = await fetch(`/api/cameras/${this._camera}/bookmarks`, {
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
    if (!answer?.ok) {
      // The reason stands in the answer, by field, in the person's language.
      const fields = answer?.status === 422 ? (await answer.json()).fields : null;
      const wrong = byId("mark-wrong");
      wrong.textContent = fields ? Object.values(fields).flat().join(" ") : this._words.failed ?? "";
      wrong.hidden = false;
      return;
    }
    this._dialog.close();
    field("mark-title").value = field("mark-note").value = "";
    this._page.tell(this._words.kept);
    this._refresh();
  }

  /** @param {Flag} flag */
  async _remove(flag) {
    const answer = await fetch(`/api/bookmarks/${flag.id}`, { method: "DELETE", headers: changing() }).catch(() => null);
    this._page.tell(answer?.ok ? this._words.removed : this._words.failed);
    this._refresh();
  }

  _refresh() {
    this._line.sources[0]?.refresh();
  }

  /** Those in view, as a list: for keyboards, screen readers, and whoever reads faster than he points. */
  _list() {
    const { from, to } = this._line.view;
    const flags = (this._line.sources[0]?.flags ?? []).filter((one) => one.sort === "bookmark" && (one.until ?? one.at) >= from && one.at < to);
    byId("marks-count").textContent = flags.length ? String(flags.length) : "";
    const rows = flags.map((flag) => this._row(flag));
    byId("marks-list").replaceChildren(...(rows.length ? rows : [Object.assign(document.createElement("li"), { className: "muted", textContent: this._words.none ?? "" })]));
  }

  /** @param {Flag} flag */
  _row(flag) {
    const row = document.createElement("li");
    const go = button("link", `${moment(flag.at)} · ${flag.title}`, () => this._page.go(flag.at));
    row.append(go);
    const more = [flag.note, flag.own ? "" : (this._words.shared ?? "").replace("{name}", flag.by)].filter(Boolean).join(" · ");
    if (more) row.append(Object.assign(document.createElement("span"), { className: "muted", textContent: ` ${more}` }));
    if (flag.own) row.append(" ", button("link remove", this._words.remove ?? "", () => void this._remove(flag)));
    return row;
  }
}

/** @param {string} className @param {string} text @param {() => void} act */
function button(className, text, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className, textContent: text });
  made.addEventListener("click", act);
  return made;
}
