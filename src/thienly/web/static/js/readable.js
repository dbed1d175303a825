/** Beside each field of date and time: its value as every page writes times, whatever language the browser itself speaks. */

for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[type=datetime-local]"))) {
  const said = Object.assign(document.createElement("output"), { className: "readable number" });
  said.htmlFor.add(field.id);
  const tell = () => {
    const [day = "", time = ""] = field.value.split("T");
    said.textContent = time ? `${time.length === 5 ? `${time}:00` : time} · ${day.split("-").reverse().join("/")}` : "";
  };
  field.after(said);
  field.addEventListener("input", tell);
  tell();
}
