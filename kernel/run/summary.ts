/** What Temporal's UI shows beside an activity or a timer. */

/** Temporal's documentation allows a summary 200 bytes (docs: Enriching the UI); the JSON around it takes some of them. */
const MAX_BYTES = 190;

const encoder = new TextEncoder();

/** The text, cut to what Temporal takes: counted in bytes, and never in the midst of a character. */
export function summaryOf(text: string): string {
  if (encoder.encode(text).length <= MAX_BYTES) return text;
  let bytes = encoder.encode('…').length;
  let cut = '';
  for (const character of text) {
    bytes += encoder.encode(character).length;
    if (bytes > MAX_BYTES) break;
    cut += character;
  }
  return `${cut}…`;
}
