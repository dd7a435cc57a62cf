/** The shared verbs: what is understood, what is refused before anything starts (I12), and what is offered instead. */
import { describe, expect, it } from '@jest/globals';
import { helpText } from '../../../client/grammar/help.ts';
import { checkInput } from '../../../client/grammar/inputs.ts';
import { parseCommand } from '../../../client/grammar/parse.ts';
import { quoted, tokensOf } from '../../../client/grammar/tokens.ts';
import { VERBS } from '../../../client/grammar/verbs.ts';
import { RUNBOOK_INPUTS } from '../../../runbooks/inputs/index.ts';

function commandOf(text: string): unknown {
  const parsed = parseCommand(text);
  return parsed.ok ? parsed.command : parsed;
}

describe('what is understood', () => {
  it.each([
    ['', { verb: 'status', run: undefined }],
    ['approve', { verb: 'approve', run: undefined }],
    ['who us-central1', { verb: 'who', run: 'us-central1' }],
    ['list', { verb: 'list' }],
    [
      'plan failover from=us-central1',
      { verb: 'plan', runbook: 'failover', input: { from: 'us-central1' }, reason: '' },
    ],
    [
      'run failover from=us-central1 to=europe-west1 --ungraceful reason="the zone is dark"',
      {
        verb: 'run',
        runbook: 'failover',
        input: { from: 'us-central1', to: 'europe-west1', ungraceful: true },
        reason: 'the zone is dark',
      },
    ],
    [
      'run failover --from=a --no-ungraceful',
      { verb: 'run', runbook: 'failover', input: { from: 'a', ungraceful: false }, reason: '' },
    ],
    ['run failback', { verb: 'run', runbook: 'failback', input: {}, reason: '' }],
    ['status', { verb: 'status', run: undefined }],
    ['status failover/lab/ab12', { verb: 'status', run: 'failover/lab/ab12' }],
    ['pause ab12', { verb: 'pause', run: 'ab12', reason: '' }],
    ['abort ab12 wrong region', { verb: 'abort', run: 'ab12', reason: 'wrong region' }],
    ['approve `failover/lab/ab12`', { verb: 'approve', run: 'failover/lab/ab12' }],
    ["reject ab12 it's too early", { verb: 'reject', run: 'ab12', reason: "it's too early" }],
    ['resolve ab12 skip done by hand', { verb: 'resolve', run: 'ab12', choice: 'skip', reason: 'done by hand' }],
    ['resolve ab12 RETRY', { verb: 'resolve', run: 'ab12', choice: 'retry', reason: '' }],
    [
      'break-glass ab12 approvals-by-others nobody is awake',
      { verb: 'break-glass', run: 'ab12', rule: 'approvals-by-others', reason: 'nobody is awake' },
    ],
    ['freeze release day', { verb: 'freeze', what: 'runs', reason: 'release day' }],
    ['thaw expiry copies are good again', { verb: 'thaw', what: 'expiry', reason: 'copies are good again' }],
    ['who ab12', { verb: 'who', run: 'ab12' }],
  ])('%s', (text, command) => {
    expect(commandOf(text)).toEqual(command);
  });

  it('what a phone makes of quotes and dashes', () => {
    expect(commandOf('run failover from=a —ungraceful reason=“zone is dark”')).toMatchObject({
      input: { from: 'a', ungraceful: true },
      reason: 'zone is dark',
    });
  });
});

describe('a malformed line is refused, and the nearest valid one is offered', () => {
  it.each([
    ['rn failovr form=us-central1 --ungracefull', 'run failover from=us-central1 --ungraceful'],
    ['failover from=a', 'plan failover from=a'],
    ['stop ab12 wrong region', 'abort ab12 wrong region'],
    ['LIST', 'list'],
    ['list everything', 'list'],
    ['plan failover from=a ungraceful', 'plan failover from=a --ungraceful'],
    ['run failover from=a from=b', 'run failover from=a'],
    ['run failover from=a please', 'run failover from=a'],
    ['approve ab12 now', 'approve ab12'],
    ['resolve ab12 rety', 'resolve ab12 retry'],
    ['help failovr', 'help failover'],
    ['plan failover us-central1', 'plan failover from=us-central1'],
    ['run failover us-central1', 'run failover from=us-central1'],
    ['plan falover us-central1', 'plan failover from=us-central1'],
    ['gibberish-beyond-repair', 'help'],
  ])('%s → %s', (text, nearest) => {
    const parsed = parseCommand(text);
    expect(parsed).toMatchObject({ ok: false, nearest });
    expect(parseCommand(nearest).ok).toBe(true);
  });

  it.each([
    ['run failover', 'run failover from=<from>'],
    ['run failback outage=soon', 'run failback outage=<outage>'],
    ['run failover to=b from=', 'run failover to=b from=<from>'],
    ['reject ab12', 'reject ab12 <reason>'],
    ['resolve ab12 skip', 'resolve ab12 skip <reason>'],
    ['break-glass ab12', 'break-glass ab12 <rule> <reason>'],
    ['freeze', 'freeze runs <reason>'],
  ])('%s lacks what nobody can guess: %s', (text, nearest) => {
    expect(parseCommand(text)).toMatchObject({ ok: false, nearest });
  });

  it.each(['falover from=a', 'plan falover from=a', 'run falover from=a'])(
    'names the runbook that is meant: %s',
    (text) => {
      expect(parseCommand(text)).toMatchObject({ ok: false, mend: expect.stringContaining('`failover`') });
      expect(parseCommand(text)).toMatchObject({ mend: expect.stringContaining('Did you mean') });
    },
  );

  it('a line that was offered and not filled in starts nothing', () => {
    expect(parseCommand('run failover from=<from>')).toMatchObject({ ok: false, kind: 'input' });
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty=1'])(
    'what every object inherits is no key: %s',
    (key) => {
      const word = key.includes('=') ? key : `${key}=1`;
      expect(parseCommand(`run failover from=a ${word}`)).toMatchObject({ ok: false, kind: 'input' });
      expect(parseCommand(key).ok).toBe(false);
    },
  );

  it('says bad input and a wrong line apart, as the exit codes do', () => {
    expect(parseCommand('run failover form=a')).toMatchObject({ kind: 'input' });
    expect(parseCommand('rn')).toMatchObject({ kind: 'usage' });
  });
});

describe('where the regions of the estate are known', () => {
  const known = { regions: ['us-central1', 'europe-west1'], flags: [] };
  it.each([
    ['failovr from=us-centrl1', 'plan failover from=us-central1'],
    ['run failovr from=us-centrl1 to=europ-west1', 'run failover from=us-central1 to=europe-west1'],
    ['run failover us-central1', 'run failover from=us-central1'],
    ['plan failover us-central1', 'plan failover from=us-central1'],
    ['falover us-central1', 'plan failover from=us-central1'],
    ['run failover us-centrl1 europe-west1', 'run failover from=us-central1 to=europe-west1'],
    ['run failback us-central1', 'run failback region=us-central1'],
    ['run failover', 'run failover from=us-central1|europe-west1'],
    ['run failover from=<from>', 'run failover from=us-central1|europe-west1'],
    ['run failover from=', 'run failover from=us-central1|europe-west1'],
    ['run failover from=us-central1|europe-west1', 'run failover from=us-central1|europe-west1'],
    ['run failover from=mars', 'run failover from=us-central1|europe-west1'],
  ])('%s → %s', (text, nearest) => {
    expect(parseCommand(text, known)).toMatchObject({ ok: false, nearest });
  });

  it('one that there is not is refused before anything starts, and all are listed', () => {
    const parsed = parseCommand('run failover from=us-central1 to=mars', known);
    expect(parsed).toMatchObject({ ok: false, kind: 'input', problem: 'There is no region `mars`.' });
    expect(parsed).toMatchObject({ mend: expect.stringContaining('`us-central1`, `europe-west1`') });
  });
});

describe('checkInput', () => {
  it('refuses unknown runbooks, unknown keys and values of a wrong kind', () => {
    expect(() => checkInput('failovr', {})).toThrow(expect.objectContaining({ type: 'unknown-runbook' }));
    expect(() => checkInput('failover', { form: 'a' })).toThrow(expect.objectContaining({ type: 'bad-input' }));
    expect(() => checkInput('failover', { from: 1 })).toThrow(expect.objectContaining({ type: 'bad-input' }));
    expect(() => checkInput('failover', {})).toThrow(expect.objectContaining({ type: 'bad-input' }));
    expect(checkInput('failover', { from: 'a', ungraceful: true })).toBeUndefined();
  });
});

describe('tokens', () => {
  it.each(['plain', 'two words', 'a="b"', '', "it's", '“x”', '`x`'])('a quoted word reads back: %s', (word) => {
    const [back, ...more] = tokensOf(quoted(word));
    expect(more).toEqual([]);
    expect(tokensOf(quoted(back ?? ''))).toEqual([back]);
  });
});

describe('help', () => {
  it('names every verb, every runbook and every description of its input', () => {
    const text = helpText();
    for (const { usage, summary } of VERBS) {
      expect(text).toContain(usage);
      expect(text).toContain(summary);
    }
    for (const { name, input } of RUNBOOK_INPUTS) {
      expect(text).toContain(`${name}: `);
      for (const field of Object.values(input.shape))
        expect(text).toContain((field as { description?: string }).description);
    }
  });

  it('reads well', () => {
    expect(`\n${helpText('failover')}\n\n${helpText('resolve')}\n`).toMatchSnapshot();
  });
});

describe('a flag that nobody takes', () => {
  const known = { regions: ['us-central1'], flags: ['estate', 'as', 'key', 'json', 'plan-hash', 'reason'] };
  it.each([
    ['status --estat x.yaml', '`--estat` is no flag of status.', 'status --estate x.yaml'],
    ['approve ab12 --plan-has abc', '`--plan-has` is no flag of approve.', 'approve ab12 --plan-hash abc'],
    ['run failover from=us-central1 --jsn', '`--jsn` is no flag of run.', 'run failover from=us-central1 --json'],
    ['status --quickly', '`--quickly` is no flag of status.', 'status'],
  ])('%s is told by its name, with the one that is meant', (text, problem, nearest) => {
    expect(parseCommand(text, known)).toMatchObject({ ok: false, kind: 'usage', problem, nearest });
  });

  it('a flag of the runbook is still mended as one, and a reason may hold dashes', () => {
    const line = parseCommand('run failover from=us-central1 --ungracefull', known);
    expect(line).toMatchObject({ nearest: 'run failover from=us-central1 --ungraceful' });
    expect(parseCommand('freeze --release day', known).ok).toBe(true);
    expect(parseCommand('reject ab12 not today --not at all', known).ok).toBe(true);
  });
});
