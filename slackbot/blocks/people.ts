/** How people are called in messages: by name, or by a mention that notifies them. */
import type { Estate } from '../../estate/schema.ts';
import { safe } from './text.ts';

export interface People {
  /** The name that others read, escaped; an unknown id is shown as it is. */
  name(id: string): string;
  /** `<@U…>` where the person has a Slack id, else the name. */
  mention(id: string): string;
}

/** Names and mentions of the estate's people. */
export function peopleNames(estate: Estate): People {
  const find = (id: string) => (Object.hasOwn(estate.people, id) ? estate.people[id] : undefined);
  const name = (id: string) => safe(find(id)?.name ?? id, 80);
  return {
    name,
    mention: (id) => {
      const slack = find(id)?.slack;
      return slack === undefined ? name(id) : `<@${slack}>`;
    },
  };
}

/** `Ada`, `Ada and Ben`, `Ada, Ben and Cho`. */
export function listed(words: readonly string[], last = 'and'): string {
  if (words.length <= 1) return words[0] ?? 'nobody';
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}
