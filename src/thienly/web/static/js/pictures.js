/** A picture of a moment of which none is kept says so, instead of a broken frame. */

for (const picture of /** @type {NodeListOf<HTMLImageElement>} */ (document.querySelectorAll("img[data-none]"))) {
  const tell = () => {
    const said = Object.assign(document.createElement("span"), { className: "none", textContent: picture.dataset.none ?? "" });
    picture.replaceWith(said);
  };
  if (picture.complete && picture.naturalWidth === 0 && picture.loading !== "lazy") tell();
  else picture.addEventListener("error", tell);
}
