/** What every page does: the site's clock, Ctrl K, the answers of the search. */

const clock = /** @type {HTMLTimeElement | null} */ (document.getElementById("site-clock"));
if (clock) {
  const offset = new Date(clock.dateTime).getTime() - Date.now();
  const zone = clock.dataset.zone;
  const time = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "2-digit", month: "2-digit", year: "numeric" });
  const tick = () => {
    const now = new Date(Date.now() + offset);
    clock.textContent = `${time.format(now)} · ${day.format(now)}`;
  };
  tick();
  setInterval(tick, 1000);
}

const finder = /** @type {HTMLInputElement | null} */ (document.getElementById("finder"));
const answers = document.getElementById("finder-answers");

/** @returns {HTMLAnchorElement[]} */
const links = () => [...(answers?.querySelectorAll("a") ?? [])];

/** @param {number} by */
function move(by) {
  const all = links();
  const at = all.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  const next = at + by;
  if (next < 0) finder?.focus();
  else all[Math.min(next, all.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    finder?.focus();
    finder?.select();
  }
});

finder?.closest(".finder")?.addEventListener("keydown", (event) => {
  const key = /** @type {KeyboardEvent} */ (event).key;
  if (key === "ArrowDown") move(1);
  else if (key === "ArrowUp") move(-1);
  else if (key === "Enter" && document.activeElement === finder) links()[0]?.click();
  else if (key === "Escape") answers?.replaceChildren();
  else return;
  event.preventDefault();
});

// Filters that are not set do not stand in the address.
document.addEventListener("htmx:configRequest", (event) => {
  const { verb, parameters } = /** @type {CustomEvent} */ (event).detail;
  if (verb !== "get") return;
  for (const [name, value] of Object.entries(parameters)) if (value === "") delete parameters[name];
});

document.addEventListener("click", (event) => {
  if (!(/** @type {Element} */ (event.target).closest(".finder"))) answers?.replaceChildren();
});

// On a phone the places may be a strip: the one where we are is to be seen.
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
