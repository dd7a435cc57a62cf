/** Several words as one phrase, for both skins: `Ada`, `Ada and Ben`, `Ada, Ben or Cho`; `nobody` where there are none. */
export function listed(words: readonly string[], last: 'and' | 'or' = 'and'): string {
  if (words.length <= 1) return words[0] ?? 'nobody';
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}
