/**
 * The lock screen: when nobody has touched the page for the time that is set, it covers the page and tells
 * the server, which then answers nothing. The page stays as it is underneath.
 */

const lock = /** @type {HTMLDialogElement | null} */ (document.getElementById("lock"));

/** @param {string} path @param {Record<string, string>} fields */
async function send(path, fields) {
  const headers = /** @type {Record<string, string>} */ (JSON.parse(document.body.getAttribute("hx-headers") ?? "{}"));
  return fetch(path, { method: "POST", body: new URLSearchParams(fields), headers: { ...headers, "X-Requested-With": "fetch" } });
}

/** @param {HTMLDialogElement} screen */
function begin(screen) {
  const idle = Number(screen.dataset.idle) * 1000;
  const proof = /** @type {HTMLInputElement} */ (screen.querySelector("#lock-proof"));
  const wrong = /** @type {HTMLElement} */ (screen.querySelector("#lock-wrong"));
  let touched = Date.now();
  let told = Date.now();

  /** @param {boolean} byItself */
  function close(byItself) {
    if (screen.open) return;
    screen.showModal();
    proof.focus();
    void send(screen.dataset.lock ?? "", { idle: byItself ? "yes" : "no" });
  }

  const touch = () => {
    if (screen.open) return;
    touched = Date.now();
    // The server sees no keys and no pointer: it is told, seldom.
    if (idle && touched - told > Math.min(60_000, idle / 3)) {
      told = touched;
      void send(screen.dataset.lock ?? "", { active: "yes" });
    }
  };
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel"]) document.addEventListener(name, touch, { passive: true });
  if (idle) setInterval(() => Date.now() - touched >= idle && close(true), Math.min(1000, idle / 4));

  screen.addEventListener("cancel", (event) => event.preventDefault());
  document.getElementById("lock-now")?.addEventListener("submit", (event) => {
    event.preventDefault();
    close(false);
  });
  screen.querySelector("form")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await send(screen.dataset.unlock ?? "", { proof: proof.value });
    proof.value = "";
    if (answer.status === 204) {
      touched = told = Date.now();
      wrong.hidden = true;
      screen.close();
      // Pictures ended with the lock; everything else goes on where it was.
      if (document.querySelector("video")) location.reload();
    } else if (answer.status === 400) {
      wrong.hidden = false;
      proof.focus();
    } else {
      location.assign(screen.dataset.door ?? "/");
    }
  });
}

if (lock) begin(lock);
