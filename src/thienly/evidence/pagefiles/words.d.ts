/** words.json, put in front of the page's modules when they are joined (evidence/page.py). */
declare const WORDS: Record<string, Record<string, string>>;
