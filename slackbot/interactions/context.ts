/** What every handler is given, and the small things that all of them do. */

import type { ModalView } from '@slack/types';
import type { Lifeboat } from '../../client/api.ts';
import { isPlanOf } from '../../client/runs/shown.ts';
import { pendingIfAny } from '../../client/runs/under-way.ts';
import type { Estate } from '../../estate/schema.ts';
import { factsOf } from '../../kernel/errors.ts';
import type { Plan } from '../../kernel/plan/plan.ts';
import type { PlanAnswer, RunView } from '../../kernel/run/state.ts';
import { errorAnswer } from '../blocks/answers.ts';
import type { People } from '../blocks/people.ts';
import { readingView } from '../blocks/review.ts';
import type { Scene } from '../blocks/scene.ts';
import type { Message } from '../blocks/text.ts';
import type { Log } from '../log.ts';
import type { Keyring } from '../projection/keyring.ts';
import type { Projector } from '../projection/projector.ts';
import type { KnownPerson } from '../security/membership.ts';
import type { SlackApi } from '../slack-api.ts';
import type { Reviews } from './reviews.ts';

export interface Deps {
  readonly estate: Estate;
  readonly lifeboat: Lifeboat;
  readonly slack: SlackApi;
  readonly people: People;
  readonly keyring: Keyring;
  readonly reviews: Reviews;
  readonly projector: Pick<Projector, 'notice' | 'cardLink'>;
  /** Asks Slack each time: a membership that ended a minute ago counts no more. @throws LifeboatError */
  readonly identify: (slackUser: string) => Promise<KnownPerson>;
  readonly now: () => number;
  readonly log: Log;
}

interface Read {
  readonly view: RunView;
  readonly answer: PlanAnswer;
  readonly scene: Scene;
}

/** The run and its plan, of one attempt. @throws LifeboatError */
export async function readRun({ lifeboat, people, projector }: Deps, run: string): Promise<Read> {
  const [view, answer] = await Promise.all([lifeboat.state(run), lifeboat.plan(run)]);
  const plan = isPlanOf(view, answer) ? answer.plan : null;
  const pending = await pendingIfAny(lifeboat, view);
  return { view, answer, scene: { run: view, plan, people, pending, cardLink: projector.cardLink(run) } };
}

export function hasPlan(scene: Scene): scene is Scene & { readonly plan: Plan } {
  return scene.plan !== null;
}

export function refusalMessage(error: unknown): Message {
  return errorAnswer(factsOf(error, 'slackbot'));
}

export function refusalView(title: string, error: unknown): ModalView {
  return readingView(title, refusalMessage(error).blocks);
}
