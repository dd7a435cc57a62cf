/** Following and approving in the terminal: what is redrawn, what is printed once, and that nothing is signed unasked. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, describe, expect, it } from '@jest/globals';
import { EXIT, EXIT_MEANINGS, exitOfError, exitOfRun } from '../../../cli/exit.ts';
import { lifeboat as command } from '../../../cli/program.ts';
import type { Terminal } from '../../../cli/session.ts';
import type { DecideRequest, Lifeboat } from '../../../client/api.ts';
import { EMPTY_LEASE } from '../../../kernel/authority/lease.ts';
import { passing, refusal } from '../../../kernel/errors.ts';
import type { PlanAnswer, RunView } from '../../../kernel/run/state.ts';
import { newKeyPair } from '../../../kernel/signing/keys.ts';
import { exampleEstate, exampleText, replaced } from '../estate/estate-fixture.ts';

const RUN = 'failover/lab/ab12';
const HASH = 'abcdef0123456789'.repeat(4);

function view(status: RunView['status'], says: readonly string[]): RunView {
  const timeline = says.map((say, at) => ({ at, kind: 'note' as const, id: '', say }));
  const gate = status === 'gate' ? { id: 'approve', openedAt: 0, expiresAt: 9e12 } : null;
  const request = { run: RUN, mode: 'live', requester: 'ada' };
  const nothing = {
    hold: null,
    question: null,
    paused: null,
    trouble: null,
    ending: null,
    report: null,
    undo: [],
    decisions: [],
    done: [],
  };
  return {
    ...nothing,
    request,
    status,
    timeline,
    gate,
    planHash: '',
    attempt: 1,
    cursor: 0,
    startedAt: 0,
    endedAt: null,
  } as unknown as RunView;
}

const ANSWER: PlanAnswer = { plan: null, planHash: HASH, evidence: {}, evidenceHash: 'e1', attempt: 3, difference: [] };

/** A run that shows the given views, one after another. */
function fake(views: readonly RunView[]): { lifeboat: Lifeboat; approved: DecideRequest[] } {
  const approved: DecideRequest[] = [];
  const parts: Partial<Lifeboat> = {
    find: async () => RUN,
    lease: async () => EMPTY_LEASE,
    state: async () => views.at(-1) as RunView,
    plan: async () => ANSWER,
    pending: async () => [],
    approve: async (request) => void approved.push(request),
    close: async () => undefined,
    async *watch(_, options) {
      options?.onTrouble?.(passing('no-worker', 'No worker answers.', RUN, 'Start one.'));
      for (const one of views) yield one;
    },
  };
  return { lifeboat: parts as Lifeboat, approved };
}

const { privateKey, publicKey } = newKeyPair();
const folder = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
writeFileSync(join(folder, 'ben.key'), privateKey, { mode: 0o600 });
writeFileSync(join(folder, 'open.key'), privateKey, { mode: 0o644 });
writeFileSync(
  join(folder, 'estate.yaml'),
  replaced(exampleText('lab'), exampleEstate('lab').people['ben']?.keys[0] ?? '', publicKey),
);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function say(line: string, lifeboat: Lifeboat, { tty = false, typed }: { tty?: boolean; typed?: string } = {}) {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err'): NodeJS.WriteStream => {
    const sink = new Writable({
      write: (chunk, _, done) => {
        written[name] += String(chunk);
        done();
      },
    });
    return Object.assign(sink, { isTTY: tty, columns: 60, rows: 30 }) as unknown as NodeJS.WriteStream;
  };
  const input = Object.assign(new PassThrough(), { isTTY: tty });
  if (typed !== undefined) input.write(`${typed}\n`);
  const terminal: Terminal = {
    out: stream('out'),
    err: stream('err'),
    input: input as unknown as NodeJS.ReadStream,
    environment: { LIFEBOAT_KEY: 'ben.key', NO_COLOR: '1' },
    folder,
    now: () => 60_000,
    signal: new AbortController().signal,
    open: async () => lifeboat,
  };
  const code = await command(line.split(' '), terminal);
  return { code, ...written };
}

describe('watch', () => {
  const views = [view('running', ['one']), view('running', ['one', 'two']), view('done', ['one', 'two', 'three'])];

  it('prints each event once where there is no terminal, and trouble on stderr', async () => {
    const { code, out, err } = await say('watch ab12', fake(views).lifeboat);
    expect(code).toBe(0);
    const before = out
      .split('\n\n')[0]
      ?.split('\n')
      .map((line) => line.replace(/^\S+ UTC {2}/, ''));
    expect(before).toEqual(['one', 'two', 'three']);
    expect(err).toContain('No worker answers.');
  });

  it('still prints what is new when the oldest events were dropped', async () => {
    const trimmed = [
      view('running', ['one', 'two']),
      {
        ...view('done', []),
        timeline: [
          { at: 1, kind: 'note' as const, id: '', say: 'two' },
          { at: 2, kind: 'note' as const, id: '', say: 'three' },
        ],
      },
    ];
    const { out } = await say('watch ab12', fake(trimmed).lifeboat);
    expect(out.split('\n\n')[0]?.match(/one|two|three/g)).toEqual(['one', 'two', 'three']);
  });

  it('redraws exactly the rows that it drew, also where a line is wider than the terminal', async () => {
    const written = await say('watch ab12', fake(views).lifeboat, { tty: true });
    const [first = '', ...redrawn] = written.out.replaceAll('\u001b', '^').split(/(?=\^\[\d+A)/);
    const rows = (text: string): number =>
      text
        .replace(/^\^\[\d+A\^\[0J/, '')
        .split('\n')
        .slice(0, -1)
        .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 60)), 0);
    let drawn = rows(first);
    expect(redrawn.length).toBeGreaterThan(0);
    for (const part of redrawn) {
      expect(Number(/\[(\d+)A/.exec(part)?.[1])).toBe(drawn);
      drawn = rows(part);
    }
  });

  it('writes one document with --json', async () => {
    const { out } = await say('watch ab12 --json', fake(views).lifeboat);
    expect(JSON.parse(out)).toMatchObject({ ok: true, run: RUN, status: 'done' });
  });
});

describe('approve', () => {
  const shown = { gate: 'approve', attempt: 3, planHash: HASH, evidenceHash: 'e1' };

  it('signs what it showed, after the word was typed', async () => {
    const { lifeboat, approved } = fake([view('gate', [])]);
    expect(await say('approve ab12', lifeboat, { tty: true, typed: 'approve' })).toMatchObject({ code: 0 });
    expect(approved).toEqual([{ run: RUN, by: 'ben', shown }]);
  });

  it.each(['', 'yes', 'y'])('signs nothing when %j is typed', async (typed) => {
    const { lifeboat, approved } = fake([view('gate', [])]);
    expect(await say('approve ab12', lifeboat, { tty: true, typed })).toMatchObject({ code: 1 });
    expect(approved).toEqual([]);
  });

  it('needs the plan hash, whole or 12 digits of it, where nobody can be asked', async () => {
    const { lifeboat, approved } = fake([view('gate', [])]);
    expect(await say('approve ab12', lifeboat)).toMatchObject({ code: 2 });
    expect(await say('approve ab12 --plan-hash abc', lifeboat)).toMatchObject({ code: 1 });
    expect(approved).toEqual([]);
    expect(await say(`approve ab12 --plan-hash ${HASH.slice(0, 12)}`, lifeboat)).toMatchObject({ code: 0 });
    expect(approved).toEqual([{ run: RUN, by: 'ben', shown }]);
  });

  it('breaks the glass only over the rule that is typed again', async () => {
    const { lifeboat, approved } = fake([view('gate', [])]);
    const line = 'break-glass ab12 tested-capacity it must go';
    expect(await say(line, lifeboat, { tty: true, typed: 'approve' })).toMatchObject({ code: 1 });
    expect(await say(line, lifeboat, { tty: true, typed: 'tested-capacity' })).toMatchObject({ code: 0 });
    expect(approved).toEqual([{ run: RUN, by: 'ben', shown, override: 'tested-capacity', reason: 'it must go' }]);
  });
});

describe('break-glass', () => {
  const gate = {
    kind: 'gate',
    id: 'approve',
    phase: 0,
    title: 'Move',
    approvers: ['ben', 'cho'].map(decider),
    bounds: [],
  };
  const core = {
    entries: [{ ...gate, tier: { name: 'two', approvals: 2, personalKeys: 1, botSuffices: false, expires: 1 } }],
    blockers: [
      { rule: 'tested-capacity', say: 'Too few.', overridable: true },
      { rule: 'quorum', say: 'No quorum.', overridable: false },
    ],
    operators: [],
    breakGlass: { people: ['ben'], personalKey: true },
  };
  function decider(person: string) {
    return { person, keys: [] };
  }
  const answering = (views: readonly RunView[], breakGlass = core.breakGlass) => {
    const made = fake(views);
    const plan = { core: { ...core, breakGlass }, view: {} } as unknown as PlanAnswer['plan'];
    return { ...made, lifeboat: { ...made.lifeboat, plan: async () => ({ ...ANSWER, plan }) } };
  };
  const trouble = { type: 'x', message: 'The ring cannot be read.', where: '', mend: '', retryable: true };

  it.each([
    ['where there is no gate', [view('running', [])], undefined, 'tested-capacity', 'no-gate'],
    ['by who may not', [view('gate', [])], { people: ['cho'], personalKey: true }, 'tested-capacity', 'break-glass'],
    ['over a rule that does not stand in the way', [view('gate', [])], undefined, 'enough', 'override'],
    ['over a rule that nobody may override', [view('gate', [])], undefined, 'quorum', 'override'],
    ['while the planner refuses', [{ ...view('gate', []), trouble }], undefined, 'tested-capacity', 'trouble'],
  ] as const)('is refused before anything is asked: %s', async (_, views, breakGlass, rule, type) => {
    const { lifeboat, approved } = answering(views, breakGlass && { ...breakGlass, people: [...breakGlass.people] });
    const { code, out, err } = await say(`break-glass ab12 ${rule} it must go`, lifeboat, { tty: true, typed: rule });
    expect(code).toBe(1);
    expect(err).toContain(`${type}: `);
    expect(out).not.toContain('to sign plan');
    expect(approved).toEqual([]);
  });
});

describe('keys', () => {
  it('a key file that others can read is refused, as is the key of someone else', async () => {
    const { lifeboat } = fake([view('gate', [])]);
    expect((await say('status ab12 --key open.key', lifeboat)).err).toContain('key-file-open');
    expect((await say('status ab12 --as ada', lifeboat)).err).toContain('not-yours');
    expect((await say('status ab12 --as ben', lifeboat)).code).toBe(4);
  });
});

describe('exit codes', () => {
  it('tell apart how a run ended', () => {
    const codes = (
      [
        'done',
        'planned',
        'refused',
        'rejected',
        'expired',
        'aborted',
        'stopped',
        'gate',
        'question',
        'running',
      ] as const
    ).map((status) => exitOfRun({ status, left: [] }));
    expect(codes).toEqual([0, 0, 1, 3, 3, 3, 3, 4, 4, 4]);
    const left = { id: 'owed/items', say: 'Withhold it', because: null, advice: null };
    // Announced by its plan, and approved.
    expect(exitOfRun({ status: 'done', left: [{ ...left, kind: 'owed' }] })).toBe(0);
    for (const kind of ['skipped', 'unproven', 'kept'] as const)
      expect(exitOfRun({ status: 'done', left: [{ ...left, kind }] })).toBe(7);
    expect(exitOfError(refusal('stale', '', '', ''))).toBe(1);
    expect(exitOfError(passing('temporal-unreachable', '', '', ''))).toBe(5);
  });

  it('an unknown verb is no command, and the nearest is named', async () => {
    const { code, err } = await say('aprove ab12', fake([view('gate', [])]).lifeboat);
    expect(code).toBe(2);
    expect(err).toContain('Nearest: lifeboat approve ab12');
    expect((await say('reviw ab12', fake([view('gate', [])]).lifeboat)).err).toContain('Nearest: lifeboat review ab12');
  });

  it('a misspelled flag is told by its name, before a verb and after it', async () => {
    const { lifeboat } = fake([view('gate', [])]);
    const after = await say('status --estat other.yaml', lifeboat);
    expect(after).toMatchObject({ code: 2, err: expect.stringContaining('`--estat` is no flag of status.') });
    expect(after.err).toContain('Nearest: lifeboat status --estate other.yaml');
    expect(await say('--estat x status', lifeboat)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--estate'),
    });
  });

  it('tell what a run has come to, where one is named', async () => {
    expect((await say('status ab12', fake([view('gate', [])]).lifeboat)).code).toBe(4);
    expect((await say('status ab12', fake([view('aborted', [])]).lifeboat)).code).toBe(3);
  });

  it('a key or an estate file that is not there is bad configuration, not a line that was not understood', async () => {
    const { lifeboat } = fake([view('gate', [])]);
    expect((await say('status ab12 --key none.key', lifeboat)).code).toBe(6);
    expect((await say('status ab12 --key open.key', lifeboat)).code).toBe(6);
    expect((await say('list --estate none.yaml', lifeboat)).code).toBe(6);
    expect(exitOfError(refusal('no-key', '', '', ''))).toBe(6);
  });

  it('stand in the help, each with what it means', async () => {
    const { out } = await say('help', fake([view('gate', [])]).lifeboat);
    for (const [name, code] of Object.entries(EXIT)) {
      expect(out).toContain(`  ${code}  ${EXIT_MEANINGS[name as keyof typeof EXIT]}`);
    }
  });
});
