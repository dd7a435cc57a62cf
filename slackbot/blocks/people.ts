/** How people are called in messages: by name, or by a mention that notifies them. */
import { own } from '../../estate/lookup.ts';
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
  const name = (id: string) => safe(own(estate.people, id)?.name ?? id, 80);
  return {
    name,
    mention: (id) => {
      const slack = own(estate.people, id)?.slack;
      return slack === undefined ? name(id) : `<@${slack}>`;
    },
  };
}
