/** The page: asks for a package, says what is found, plays the clips beside it. */
import { openFolder, openZip } from "./container.js";
import { moment, revokedKeys, sentence, span } from "./text.js";
import { verifyPackage } from "./verify.js";

/** @type {Record<string, Record<string, string>>} */
const SAID = {
  reading: { vi: "Đang kiểm tra…", en: "Verifying…" },
  genuine: { vi: "ĐÚNG LÀ BẢN GỐC, DO ĐƠN VỊ CÓ MÃ KHÓA ĐÃ NHẬP KÝ", en: "GENUINE, SIGNED WITH THE KEY THAT WAS GIVEN" },
  whole: { vi: "NGUYÊN VẸN – CÒN PHẢI ĐỐI CHIẾU MÃ KHÓA", en: "WHOLE – THE KEY REMAINS TO BE COMPARED" },
  compare: { vi: "Gói không bị sửa từ khi được ký. Hãy đối chiếu mã khóa sau đây với mã do đơn vị công bố qua kênh khác:", en: "The package was not altered since it was signed. Compare this key id with the one that the organisation has published elsewhere:" },
  not: { vi: "KHÔNG PHẢI BẢN GỐC, HOẶC ĐÃ BỊ SỬA", en: "NOT GENUINE, OR ALTERED" },
  failed: { vi: "KHÔNG ĐỌC ĐƯỢC", en: "IT CANNOT BE READ" },
  faults: { vi: "Những điều không đúng", en: "What is wrong" },
  about: { vi: "Nội dung gói theo lời đơn vị ký", en: "What the signing organisation says" },
  case: { vi: "Hồ sơ", en: "Case" },
  organisation: { vi: "Đơn vị", en: "Organisation" },
  made: { vi: "Lập lúc", en: "Made" },
  purpose: { vi: "Mục đích", en: "Purpose" },
  documents: { vi: "Văn bản", en: "Documents" },
  articles: { vi: "Căn cứ", en: "Legal basis" },
  people: { vi: "Người tham gia", en: "People" },
  ownership: { vi: "Quyền sở hữu", en: "Ownership" },
  rows: { vi: "Dòng nhật ký đã kiểm chứng", en: "Rows of history, proven" },
  key: { vi: "Mã khóa đã ký", en: "Key that signed" },
  ok: { vi: "Đúng bản gốc", en: "Genuine" },
  bad: { vi: "Không đúng", en: "Not genuine" },
  asked: { vi: "Thời gian đề nghị", en: "Time asked for" },
  clock: { vi: "Độ lệch đồng hồ camera", en: "Camera's clock is off by" },
  gap: { vi: "Được nêu là thiếu", en: "Said to be missing" },
  none: { vi: "Không có hình trong thời gian này.", en: "Nothing of this time." },
  unplayable: { vi: "Trình duyệt này không phát được kiểu nén của đoạn hình (có thể là H.265). Kết quả kiểm tra vẫn đúng; hãy xem bằng trình phát khác.", en: "This browser cannot play the clip's coding (perhaps H.265). The result stands; use another player to watch it." },
  switch: { vi: "English", en: "Tiếng Việt" },
};
const ROLES = /** @type {Record<string, Record<string, string>>} */ ({
  requester: { vi: "Đề nghị", en: "Requested by" },
  decider: { vi: "Quyết định", en: "Decided by" },
  performer: { vi: "Trích xuất", en: "Extracted by" },
  releaser: { vi: "Phát hành", en: "Released by" },
  recipient: { vi: "Nhận", en: "Received by" },
});

let language = "vi";
let turn = 0;
/** @type {{report: import("./verify.js").Report, members: import("./container.js").Members} | null} */
let shown = null;
/** @type {string[]} */
let addresses = [];

const say = (/** @type {string} */ code) => SAID[code]?.[language] ?? code;
const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

/** @param {string} name @param {Record<string, string>} attributes @param {...(Node | string)} inside */
function make(name, attributes, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

function speak() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-vi]")) element.textContent = element.getAttribute(`data-${language}`);
  find("language").textContent = say("switch");
  document.title = document.querySelector("h1")?.textContent ?? "";
  if (shown) render();
}

/** @param {() => Promise<import("./container.js").Members>} open @param {number} size */
async function inspect(open, size) {
  turn += 1;
  const mine = turn;
  shown = null;
  for (const id of ["faults", "about", "footage", "told"]) find(id).hidden = true;
  const bar = /** @type {HTMLProgressElement} */ (find("progress"));
  bar.hidden = false;
  bar.value = 0;
  outcome("wait", say("reading"));
  document.body.dataset.state = "busy";
  let done = 0;
  let drawn = performance.now();
  const progress = async (/** @type {number} */ bytes) => {
    done += bytes;
    if (performance.now() - drawn < 100) return;
    bar.value = done / Math.max(1, size);
    await new Promise((go) => setTimeout(go));
    drawn = performance.now();
  };
  try {
    /** @type {import("./container.js").Members} */
    let members = new Map();
    const keyId = field("key").value.replace(/\s/g, "").toLowerCase();
    const report = await verifyPackage(async () => (members = await open()), { keyId, revoked: revokedKeys(field("revoked").value), progress });
    if (mine !== turn) return;
    shown = { report, members };
    render();
  } catch (error) {
    if (mine !== turn) return;
    outcome("bad", say("failed"), error instanceof Error ? error.message : "");
  }
  bar.hidden = true;
  document.body.dataset.state = "done";
}

/** @param {string} kind @param {string} title @param {...(Node | string)} more */
function outcome(kind, title, ...more) {
  const place = find("outcome");
  place.className = kind;
  place.replaceChildren(make("strong", {}, title), ...more);
}

function render() {
  if (!shown) return;
  const { report } = shown;
  for (const address of addresses) URL.revokeObjectURL(address);
  addresses = [];
  const zone = report.manifest?.time_zone ?? "Asia/Ho_Chi_Minh";
  if (!report.genuine) outcome("bad", say("not"));
  else if (report.trusted) outcome("good", say("genuine"), make("code", {}, report.key));
  else outcome("wait", say("whole"), make("p", {}, say("compare")), make("code", {}, report.key));
  const list = make("ul", {}, ...report.faults.map((one) => make("li", {}, faultText(one, zone))));
  fill("faults", report.faults.length ? [make("h2", {}, say("faults")), list] : []);
  fill("about", report.manifest ? about(report, zone) : []);
  fill("footage", report.manifest ? report.manifest.cameras.flatMap((/** @type {any} */ camera) => cameraShown(camera, report, zone)) : []);
  const { manifest, ...told } = report;
  find("report").textContent = JSON.stringify(told, null, 1);
  find("told").hidden = false;
}

/** @param {string} id @param {(Node | string)[]} inside */
function fill(id, inside) {
  find(id).replaceChildren(...inside);
  find(id).hidden = inside.length === 0;
}

/** @param {import("./diagnosis.js").Fault} one @param {string} zone */
const faultText = (one, zone) => [one.file, span(one.from_us, one.until_us, zone), sentence(one, WORDS, language)].filter(Boolean).join(": ");

/** @param {import("./verify.js").Report} report @param {string} zone */
function about({ manifest, rows, key }, zone) {
  const lines = (/** @type {any[]} */ list, /** @type {(one: any) => (string | undefined)[]} */ parts) => list.map((one) => parts(one).filter(Boolean).join(", ")).join("; ");
  /** @type {[string, string][]} */
  const told = [
    ["case", manifest.case],
    ["organisation", manifest.organisation],
    ["made", moment(manifest.made_us, zone).slice(0, -4)],
    ["purpose", manifest.purpose],
    ["documents", lines(manifest.documents, (d) => [d.kind, d.number, d.date, d.issuer, d.signatory])],
    ["articles", lines(manifest.articles, (a) => [a.cite, a.regulation, a.text])],
    ["people", lines(manifest.people, (p) => [`${ROLES[p.role]?.[language] ?? p.role}: ${p.post}`, p.unit, p.name])],
    ["ownership", manifest.ownership],
    ["rows", String(rows)],
    ["key", key],
  ];
  const pairs = told.filter(([, text]) => text).flatMap(([code, text]) => [make("dt", {}, say(code)), make("dd", {}, text)]);
  return [make("h2", {}, say("about")), make("dl", {}, ...pairs)];
}

/** @param {any} camera @param {import("./verify.js").Report} report @param {string} zone */
function cameraShown(camera, report, zone) {
  const clock = camera.clock.map((/** @type {any} */ one) => `${one.offset_ms} ms`).join(", ");
  const parts = [
    make("h2", {}, [camera.code, camera.name, camera.site].filter(Boolean).join(" – ")),
    make("p", {}, `${say("asked")}: ${span(camera.from_us, camera.until_us, zone)}${clock ? `. ${say("clock")}: ${clock}` : ""}`),
  ];
  for (const clip of camera.clips) parts.push(clipShown(clip, report, zone));
  if (!camera.clips.length) parts.push(make("p", {}, say("none")));
  if (camera.gaps.length) {
    const gaps = camera.gaps.map((/** @type {any} */ gap) => make("li", {}, `${span(gap.from_us, gap.until_us, zone)}: ${gap.words || gap.reason}`));
    parts.push(make("h3", {}, say("gap")), make("ul", {}, ...gaps));
  }
  return parts;
}

/** @param {any} clip @param {import("./verify.js").Report} report @param {string} zone */
function clipShown(clip, report, zone) {
  const wrong = report.faults.filter(({ file }) => file === clip.file || file === clip.proof);
  const now = make("p", { class: "now" }, moment(clip.start_us, zone));
  const side = make("div", {}, make("h3", {}, clip.file), make("p", {}, span(clip.start_us, clip.end_us, zone)));
  side.append(make("span", { class: `mark ${wrong.length ? "bad" : "good"}` }, say(wrong.length ? "bad" : "ok")));
  const member = shown?.members.get(clip.file);
  const left = make("div", {});
  if (member?.blob) {
    const address = URL.createObjectURL(member.blob());
    addresses.push(address);
    const video = /** @type {HTMLVideoElement} */ (make("video", { controls: "", preload: report.clips.length > 8 ? "none" : "metadata", src: address }));
    video.addEventListener("timeupdate", () => (now.textContent = moment(clip.start_us + Math.round(video.currentTime * 1_000_000), zone)));
    video.addEventListener("error", () => left.append(make("p", { class: "bad" }, say("unplayable"))), { once: true });
    left.append(video, now);
    side.append(make("ul", {}, ...wrong.map((one) => make("li", {}, jump(video, one, clip, zone)))));
  } else side.append(make("ul", {}, ...wrong.map((one) => make("li", {}, faultText(one, zone)))));
  return make("div", { class: "clip" }, left, side);
}

/** @param {HTMLVideoElement} video @param {import("./diagnosis.js").Fault} one @param {any} clip @param {string} zone */
function jump(video, one, clip, zone) {
  const text = [span(one.from_us, one.until_us, zone), sentence(one, WORDS, language)].filter(Boolean).join(": ");
  if (one.from_us === null) return text;
  const button = make("button", { type: "button", class: "at" }, text);
  button.addEventListener("click", () => (video.currentTime = Math.max(0, (Number(one.from_us) - clip.start_us) / 1_000_000)));
  return button;
}

/** @type {(() => void) | null} what was chosen last, to be verified again when a key is given */
let again = null;

/** @param {() => Promise<import("./container.js").Members>} open @param {number} size */
function choose(open, size) {
  again = () => inspect(open, size);
  again();
}

field("zip").addEventListener("change", () => {
  const file = field("zip").files?.[0];
  if (file) choose(() => openZip(file), file.size);
  field("zip").value = ""; // so that the same file may be chosen again
});
field("folder").addEventListener("change", () => {
  const files = Array.from(field("folder").files ?? [], (file) => ({ path: file.webkitRelativePath.split("/").slice(1).join("/"), file }));
  if (files.length) choose(async () => openFolder(files), files.reduce((sum, { file }) => sum + file.size, 0));
  field("folder").value = "";
});
for (const id of ["key", "revoked"]) field(id).addEventListener("change", () => again?.());
find("language").addEventListener("click", () => {
  language = language === "vi" ? "en" : "vi";
  speak();
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) choose(() => openZip(file), file.size);
});
speak();
