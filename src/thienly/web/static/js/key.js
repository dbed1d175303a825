/** What becomes of a security key, told beside its button: the browser itself says little, or nothing. */

const says = /** @type {HTMLElement | null} */ (document.getElementById("key-says"));
/** Names of DOMException, and the words in `data-` that explain them. */
const WHY = /** @type {Record<string, string>} */ ({
  NotAllowedError: "refused",
  AbortError: "refused",
  InvalidStateError: "known",
  SecurityError: "address",
  NotSupportedError: "unable",
  TypeError: "unable",
});

/** @param {HTMLElement} says */
function begin(says) {
  const button = /** @type {HTMLButtonElement} */ (document.getElementById(says.dataset.button ?? ""));
  const form = button.form ?? /** @type {HTMLFormElement} */ (document.getElementById("id_credential")?.closest("form"));

  /** @param {string} word */
  function tell(word) {
    says.textContent = says.dataset[word] ?? says.dataset.failed ?? "";
    says.classList.toggle("wrong", word !== "touch");
    says.hidden = false;
    for (const before of form.querySelectorAll(".notice.bad")) before.remove(); // of the last attempt
  }

  if (!isSecureContext || !("PublicKeyCredential" in globalThis)) {
    button.disabled = true;
    tell(isSecureContext ? "unable" : "address");
  }
  // Before the key is asked for: afterwards it would have made a credential that nobody keeps.
  document.addEventListener(
    "click",
    (event) => {
      if (!(event.target instanceof Element) || !button.contains(event.target)) return;
      if (form.reportValidity()) tell("touch");
      else event.stopImmediatePropagation();
    },
    true,
  );
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    tell(WHY[/** @type {CustomEvent} */ (event).detail.exception?.name] ?? "failed");
  });
}

if (says) begin(says);
