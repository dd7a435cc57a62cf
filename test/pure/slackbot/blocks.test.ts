// Failure modes pinned here: a message that Slack refuses (limits), text that becomes markup or a mention, a secret in a
// message, a fallback that says nothing, and cards that read differently than they should at three in the morning.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY_LEASE } from '../../../kernel/authority/lease.ts';
import { signedStart } from '../../../kernel/decision/policy.ts';
import type { RunStatus, RunView } from '../../../kernel/run/state.ts';
import { checkMessageBlocks, checkModal } from '../../../lab/standins/slack/blocks.ts';
import {
  errorAnswer,
  leaseAnswer,
  listAnswer,
  statusAnswer,
  textAnswer,
  whoAnswer,
} from '../../../slackbot/blocks/answers.ts';
import { cardMessage } from '../../../slackbot/blocks/card.ts';
import { confirmView } from '../../../slackbot/blocks/confirm.ts';
import { gateMessage, gateOutcome } from '../../../slackbot/blocks/gate.ts';
import { logMessage, MAX_LOG_LINES } from '../../../slackbot/blocks/log.ts';
import { answeredMessage, questionMessage } from '../../../slackbot/blocks/question.ts';
import { reviewView } from '../../../slackbot/blocks/review.ts';
import type { Scene } from '../../../slackbot/blocks/scene.ts';
import { type Message, safe } from '../../../slackbot/blocks/text.ts';
import { STARTED_AT, sampleScene } from '../../slackbot/fixture.ts';

const SEED = 20260115;
const QUESTION = {
  id: 'q1',
  entry: 'shift/100/items',
  say: 'Setting the shares failed three times.',
  error: {
    type: 'haproxy-refused',
    message: 'No such server.',
    where: 'traffic items',
    mend: 'Check the names.',
    retryable: true,
  },
  choices: ['retry', 'skip', 'abort', 'replan'],
  askedAt: STARTED_AT + 5_000,
} as const;
const ENDED = { endedAt: STARTED_AT + 60_000, gate: null } as const;
const PLACE = { gate: 'approve', attempt: 1 };

/** What a person reads, one line for each text. */
function readable({ text, blocks }: Message): string {
  const texts = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(texts);
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) =>
      key === 'text' && typeof inner === 'string' ? [inner] : texts(inner),
    );
  };
  return [`# ${text}`, ...texts(blocks)].join('\n');
}

function reviewOf(scene: ReturnType<typeof sampleScene>) {
  const gate = scene.plan.core.entries.find((one) => one.kind === 'gate');
  const reviewed = { scene, gate, evidence: scene.run.evidence, evidenceHash: 'e'.repeat(64), now: STARTED_AT + 3_000 };
  return reviewView(
    reviewed,
    { kind: 'decides', verdicts: ['approve', 'reject'], typeName: 'us-central1', note: 'Read this.' },
    'opaque',
  );
}

function everyMessage(scene: Scene & { plan: NonNullable<Scene['plan']> }): Message[] {
  return [
    cardMessage(scene, 'key'),
    gateMessage(scene, PLACE, 'key'),
    gateMessage(scene, { gate: 'approve', attempt: 0 }, 'key'),
    ...(scene.run.question === null ? [] : [questionMessage(scene, scene.run.question, 'key')]),
    answeredMessage(scene, 'q1'),
    logMessage(scene.run.timeline.slice(0, MAX_LOG_LINES), scene.people),
    statusAnswer(scene),
    whoAnswer(scene, { ...EMPTY_LEASE, taken: [] }),
  ];
}

describe('what people read', () => {
  it('in a card that waits for approval', () => {
    expect(readable(cardMessage(sampleScene(), 'key'))).toMatchSnapshot();
  });

  it('in a card of a run that is done', () => {
    const scene = sampleScene({
      ...ENDED,
      status: 'done',
      cursor: 4,
      done: ['shift/100/items', 'prove/canary/main/europe-west1'],
      touched: true,
      approvedAt: STARTED_AT + 20_000,
      firstChangeAt: STARTED_AT + 20_500,
      report: 'reports/failover.json',
      timeline: [
        { at: STARTED_AT + 60_000, kind: 'ended', id: 'end', say: 'Done; RTO 12.4 s from the fault, RPO 12 s' },
      ],
    });
    expect(readable(cardMessage(scene, 'key'))).toMatchSnapshot();
  });

  it('in a card of a run that is done: the past, what was skipped, and what comes next, with its button', () => {
    const base = sampleScene({
      ...ENDED,
      status: 'done',
      cursor: 4,
      report: '/var/lib/worker/reports/failover.json',
      timeline: [
        { at: STARTED_AT, kind: 'planned', id: 'x', say: 'Planned' },
        { at: STARTED_AT + 1, kind: 'step', id: 'shift/100/items', say: 'Set', outcome: 'ok' },
        { at: STARTED_AT + 2, kind: 'step', id: 'prove/canary/main/europe-west1', say: 'Read', outcome: 'skipped' },
      ],
    });
    const next = { say: 'us-central1 stays drained; when its servers run', runbook: 'failback' };
    const view = { ...base.plan.view, next: { ...next, input: { region: 'us-central1' } } };
    const scene = { ...base, plan: { ...base.plan, view }, reportLink: 'https://example.slack.com/files/report.html' };
    const text = readable(cardMessage(scene, 'key'));
    expect(text).toContain('What was found then');
    expect(text).not.toMatch(/\bnow\b/);
    expect(text).toContain('1 of 2 steps done, 1 skipped');
    expect(text).toContain(
      '*Next* us-central1 stays drained; when its servers run: `run failback region=us-central1`\nStart failback…',
    );
    expect(text).toContain('<https://example.slack.com/files/report.html|as a file in the thread>');
    expect(text).not.toContain('/var/lib/worker');
    const refused = readable(cardMessage({ ...scene, run: { ...scene.run, status: 'aborted' } }, 'key'));
    expect(refused).not.toContain('Start failback…');
  });

  it('in a card that could not be refreshed: since when', () => {
    const text = readable(cardMessage({ ...sampleScene(), staleSince: STARTED_AT + 60_000 }, 'key'));
    expect(text).toContain(`*Not refreshed since <!date^${STARTED_AT / 1_000 + 60}^`);
    expect(readable(cardMessage(sampleScene(), 'key'))).not.toContain('Not refreshed');
  });

  it('in a card that holds: for how long', () => {
    const hold = { id: 'h', since: STARTED_AT, until: STARTED_AT + 20_000, samples: 1, measured: [1], last: 'healthy' };
    const scene = sampleScene({ status: 'holding', gate: null, cursor: 1, hold });
    expect(readable(cardMessage(scene, 'key'))).toContain('Holding for 20 s, until <!date^');
  });

  it('in the thread: each time once, in the zone of the reader, and each person once, by name', () => {
    const at = STARTED_AT + 1_000;
    const { people } = sampleScene();
    const message = logMessage(
      [
        { at, kind: 'decision', id: 'approve', by: 'ben', say: 'ben: approve: the region is dark' },
        { at: at + 10, kind: 'step', id: 's', say: 'Set the shares', outcome: 'ok', ms: 1_200 },
        { at: at + 2_000, kind: 'paused', id: '', by: 'ben', say: 'Paused by ben: look first' },
        { at: at + 5_000, kind: 'note', id: '', by: 'ada', say: 'It was seen' },
      ],
      people,
    );
    const time = (ms: number) =>
      `<!date^${Math.floor(ms / 1_000)}^{time_secs}|${new Date(ms).toISOString().slice(11, 19)} UTC>`;
    expect(readable(message).split('\n').slice(1)).toEqual([
      `${time(at)} Ben: approve: the region is dark`,
      '… Set the shares in 1.2 s',
      `${time(at + 2_000)} Paused by Ben: look first`,
      `${time(at + 5_000)} It was seen by Ada`,
    ]);
  });

  it('in an open gate', () => {
    expect(readable(gateMessage(sampleScene(), PLACE, 'key'))).toMatchSnapshot();
  });

  it('in a question', () => {
    const scene = sampleScene({ status: 'question', gate: null, question: QUESTION });
    expect(readable(questionMessage(scene, QUESTION, 'key'))).toMatchSnapshot();
    const wayBack = 'Give everything back to us-central1';
    const dying = { ...QUESTION, choices: ['retry', 'give-back', 'abort'], wayBack } as const;
    expect(readable(questionMessage(scene, dying, 'key'))).toContain(wayBack);
  });

  it('in the card and the answers of a run that a policy started: no person is asked or mentioned', () => {
    const { run, plan, people } = sampleScene({ gate: null, status: 'running' });
    const start = { policy: 'nightly' };
    const scene = { plan, people, run: { ...run, request: { ...run.request, requester: 'policy:nightly', start } } };
    const reading = [cardMessage(scene, 'key'), statusAnswer(scene)].map(readable).join('\n');
    expect(reading).toContain('policy:nightly');
    expect(reading).toContain('without people, as its policy in the estate file allows');
    expect(reading).not.toContain('<@');
    expect(reading).not.toContain('approval(s) by');
    expect(readable({ text: '', blocks: reviewOf(scene).blocks as Message['blocks'] })).toContain('policy:nightly');
  });

  it('in the answer about a run whose scopes were taken over', () => {
    const scene = sampleScene();
    const lost = {
      run: scene.run.request.run,
      by: 'ben',
      at: STARTED_AT,
      reason: 'it hangs <!here>',
      scopes: ['a/b/c'],
    };
    expect(readable(whoAnswer(scene, { ...EMPTY_LEASE, taken: [lost] }))).toContain('taken over by Ben');
    expect(readable(whoAnswer(scene, { ...EMPTY_LEASE, taken: [lost] }))).not.toContain('<!here>');
    expect(
      readable(whoAnswer(scene, { ...EMPTY_LEASE, taken: [{ ...lost, run: 'failover/lab/other' }] })),
    ).not.toContain('taken over');
  });

  it('in the answer about the lease, of which the first line names who holds what', () => {
    const { people } = sampleScene();
    const holder = { run: 'failover/lab/a', requester: 'ada', epoch: 1, at: STARTED_AT };
    const lease = { ...EMPTY_LEASE, holders: { 'gcp/traffic/items': holder } };
    expect(leaseAnswer(lease, people).text).toBe('gcp/traffic/items is held by failover/lab/a');
    expect(leaseAnswer({ ...lease, holders: {} }, people).text).toBe('Nothing is frozen, and nothing is held.');
  });

  it('in the review', () => {
    const view = reviewOf(sampleScene());
    expect(readable({ text: 'Review', blocks: view.blocks as Message['blocks'] })).toMatchSnapshot();
  });
});

describe('what a woken person needs', () => {
  /** Each of these stands, in this order. */
  const order = (text: string, words: readonly string[]) => {
    const places = words.map((one) => text.indexOf(one));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  };
  const FIRST = ['does not answer', 'Expected data loss', 'has fewer copies', 'Shifting in small steps'];

  it('comes first in the gate and in the review, then the steps, hashes last', () => {
    const { plan, ...scene } = sampleScene();
    const since = { ...plan, view: { ...plan.view, facts: [{ ...plan.view.facts[0], since: STARTED_AT - 60_000 }] } };
    order(readable(gateMessage(sampleScene(), PLACE, 'key')), [...FIRST, 'Missing:', 'a1b2c3d4e5f6']);
    const blocks = reviewOf(sampleScene()).blocks as Message['blocks'];
    const steps = ['Set the shares of items', 'Can it be taken back?', 'Tier one-other-person', 'a1b2c3d4e5f6'];
    order(readable({ text: '', blocks }), [...FIRST, ...steps]);
    const told = readable(gateMessage({ ...scene, plan: since as typeof plan }, PLACE, 'key'));
    expect(told).toContain(`does not answer, since <!date^${(STARTED_AT - 60_000) / 1_000}^`);
  });
});

describe('a gate', () => {
  const decision = (kind: 'approve' | 'reject') => {
    const start = signedStart(sampleScene().run.request.start);
    if (start === undefined) throw new Error('nobody signed the start');
    return {
      ...start,
      decision: { ...start.decision, kind, target: 'approve', attempt: 1, by: 'ben', id: `${kind}-0001` },
    };
  };
  it.each<[string, Partial<RunView>]>([
    ['open', {}],
    ['approved', { gate: null, status: 'running', cursor: 1, decisions: [decision('approve')] }],
    ['rejected', { ...ENDED, status: 'rejected', decisions: [decision('reject')] }],
    ['superseded', { attempt: 2 }],
    ['expired', { ...ENDED, status: 'expired' }],
    ['closed', { ...ENDED, status: 'aborted' }],
  ])('is told to be %s', (outcome, changes) => {
    expect(gateOutcome(sampleScene(changes), PLACE)).toBe(outcome);
  });

  it('mentions every approver but the requester', () => {
    const { text } = gateMessage(sampleScene(), PLACE, 'key');
    expect(text).toContain('<@U01BEN>');
    expect(text).toContain('<@U01CHO>');
    expect(text).not.toContain('<@U01ADA>');
  });

  it('has no button once it is decided', () => {
    const { blocks } = gateMessage(sampleScene({ gate: null, status: 'running', cursor: 1 }), PLACE, 'key');
    expect(blocks.some(({ type }) => type === 'actions')).toBe(false);
  });
});

describe('a pause', () => {
  it('that is asked for while the run asks is told once, with when it begins', () => {
    const paused = { by: 'ben', at: STARTED_AT, reason: 'look first' };
    const text = readable(
      cardMessage(sampleScene({ status: 'question', gate: null, question: QUESTION, paused }), 'key'),
    );
    expect(text).toContain(
      'failed three times. Ben asked for a pause (look first); it begins when the question is answered',
    );
    expect(text).not.toContain('Paused by');
  });
});

describe('foreign text', () => {
  it('never becomes a mention, a link or a command to Slack', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        expect(safe(text)).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      }),
      { numRuns: 1_000, seed: SEED },
    );
    expect(safe('<!channel> & <https://evil.example|here>')).toBe(
      '&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;',
    );
  });

  it('never carries a secret into a message', () => {
    const secret = ['xoxb', '1234567890', 'abcdefghijkl'].join('-');
    const scene = sampleScene({ status: 'paused', paused: { by: 'ben', at: STARTED_AT, reason: `look at ${secret}` } });
    for (const message of everyMessage(scene)) expect(JSON.stringify(message)).not.toContain(secret);
    expect(JSON.stringify(cardMessage(scene, 'key'))).toContain('[redacted]');
  });
});

describe('whatever a run holds', () => {
  const words = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: 'grapheme', minLength: 3_000, maxLength: 5_000 }),
    fc.constant('<&>'.repeat(2_000)),
    fc.constant(''),
  );
  const statuses: RunStatus[] = [
    'planning',
    'gate',
    'running',
    'holding',
    'paused',
    'question',
    'undoing',
    'done',
    'refused',
    'expired',
    'stopped',
  ];

  it('Slack takes every message and modal about it', () => {
    const any = fc.record({
      status: fc.constantFrom(...statuses),
      text: words,
      many: fc.integer({ min: 0, max: 120 }),
      cursor: fc.nat(6),
    });
    fc.assert(
      fc.property(any, ({ status, text, many, cursor }) => {
        const lines = Array.from({ length: many }, () => text);
        const base = sampleScene();
        const scene = {
          ...base,
          run: sampleScene({
            status,
            cursor,
            question: { ...QUESTION, say: text, error: { ...QUESTION.error, message: text, where: text, mend: text } },
            paused: { by: text, at: STARTED_AT, reason: text },
            ending: { type: 'x', message: text, where: text, mend: text, retryable: false },
            difference: lines,
            timeline: lines.map((say, index) => ({
              at: STARTED_AT + index,
              kind: 'note',
              id: `n${index}`,
              say,
              by: text,
            })),
            evidence: Object.fromEntries(
              lines.map((reason, index) => [`${index} ${text.slice(0, 50)}`, { ok: false, reason, at: STARTED_AT }]),
            ),
            report: text,
          }).run,
          plan: {
            core: {
              ...base.plan.core,
              runbook: text || 'failover',
              blockers: lines.map((say) => ({ rule: text.slice(0, 300), say, overridable: true })),
              phases: base.plan.core.phases.map(({ id }) => ({ id, title: text, scopes: lines })),
            },
            view: {
              ...base.plan.view,
              headline: text,
              says: Object.fromEntries(base.plan.core.entries.map(({ id }) => [id, text])),
              facts: lines.map((value) => ({ label: value, value })),
              leftOut: lines.map((what) => ({ what, because: what })),
              warnings: lines,
            },
          },
        };
        for (const { text: sentence, blocks } of everyMessage(scene)) {
          expect(checkMessageBlocks(blocks)).toEqual([]);
          expect(sentence.length).toBeLessThan(8_000);
          expect(sentence.trim()).not.toBe('');
        }
        expect(checkModal(reviewOf(scene))).toEqual([]);
      }),
      { numRuns: 60, seed: SEED },
    );
  });

  it('Slack takes the answers and the confirmation', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 0, max: 60 }), (text, many) => {
        const runs = Array.from({ length: many }, () => ({
          run: text,
          runbook: text,
          mode: 'live' as const,
          requester: text,
          status: 'gate' as const,
          phase: text,
          startedAt: STARTED_AT,
          closed: false,
        }));
        const { people } = sampleScene();
        const answers = [
          listAnswer(runs, people),
          errorAnswer({ type: text, message: text, where: text, mend: text }),
          textAnswer(text, text),
        ];
        for (const { blocks } of answers) expect(checkMessageBlocks(blocks)).toEqual([]);
        const view = confirmView(
          { title: 'Abort the run', submit: 'Abort', lines: [text], reason: 'required', typeName: text },
          text,
          'opaque',
        );
        expect(checkModal(view)).toEqual([]);
      }),
      { numRuns: 60, seed: SEED },
    );
  });
});
