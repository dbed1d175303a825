/** Searching without diacritics. */

/** Lower case without diacritics, đ as d. @param {string} text */
export const fold = (text) => text.toLowerCase().replaceAll("đ", "d").normalize("NFD").replace(/\p{M}/gu, "");
