/** The modal before whatever cannot be pressed by mistake: abort, skip, break-glass. */
import type { KnownBlock, ModalView } from '@slack/types';
import { INPUTS, typed, VIEWS } from './buttons.ts';
import { code, plain, safe, section, TITLE_CHARACTERS } from './text.ts';

export interface ConfirmText {
  /** At most 24 characters. */
  readonly title: string;
  readonly submit: string;
  /** What will happen, as sentences. */
  readonly lines: readonly string[];
  readonly reason: 'required' | 'optional';
  /** Must be typed; null when no name is asked for. */
  readonly typeName: string | null;
}

/** @param sealed what will be done and by whom, by `interactions/reviews.ts` */
export function confirmView(text: ConfirmText, run: string, sealed: string): ModalView {
  const blocks: KnownBlock[] = [
    section(`Run ${code(run)}`),
    ...text.lines.map((line) => section(safe(line, 1500))),
    typed(INPUTS.reason, 'Reason', {
      hint: text.reason === 'required' ? 'Needed; it is recorded with your name.' : 'Recorded with your name.',
      optional: text.reason === 'optional',
      multiline: true,
    }),
    ...(text.typeName === null
      ? []
      : [
          typed(INPUTS.name, 'Name of what it acts on', {
            hint: `Type: ${text.typeName}`,
            optional: false,
            maxCharacters: 200,
          }),
        ]),
  ];
  return {
    type: 'modal',
    callback_id: VIEWS.confirm,
    private_metadata: sealed,
    title: plain(text.title, TITLE_CHARACTERS),
    submit: plain(text.submit, TITLE_CHARACTERS),
    close: plain('Close', TITLE_CHARACTERS),
    blocks,
  };
}
