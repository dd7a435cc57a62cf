/**
 * Pins: a report never shows what was not measured as a number, never lets a text become markup, and never hides that
 * something was overridden, skipped or left standing.
 */
import { describe, expect, it } from '@jest/globals';
import { escapeHtml } from '../../../report/html.ts';
import { escapeMarkdown } from '../../../report/markdown.ts';
import { renderHtml, renderMarkdown } from '../../../report/render.ts';
import { failoverRecord } from './report-fixture.ts';
import { refusedRecord } from './report-refused.ts';
import { textOf } from './report-text.ts';

const EVIL = '<script>alert(1)</script> [click](javascript:x) | `x` "quoted" & <img src=x onerror=y>';

describe('the whole of a failover is told', () => {
  const record = failoverRecord();
  const text = textOf(renderHtml(record));

  it.each([
    'Move all traffic from us-central1 to europe-west1, at once',
    'Recovery time (RTO), from the fault 1 min 15 s Met: objective 5 min',
    'Recovery time (RTO), from approval 1 s Met: objective 5 min',
    'Data loss (RPO) 1.4 s Met: objective 1 min',
    'Every step was carried out. 2 of 2 proofs held.',
    'approved by ben (1 approval(s), tier one-other-person)',
    'Run items in europe-west1 with 5 workers (now 4) done 340 ms',
    'Shifting in small steps us-central1 is taken for lost',
    'no answer services.health gave no sign of life in time',
    'Proof: item written before the fault reads back held',
    record.planHash,
    '(made again from the plan in this record: the same)',
  ])('%s', (part) => {
    expect(text).toContain(part);
  });

  it('names every event of the timeline, in both forms', () => {
    const markdown = renderMarkdown(record);
    for (const { say } of record.state.timeline) {
      expect(text).toContain(say);
      expect(markdown).toContain(escapeMarkdown(say));
    }
  });

  it('is the same for the same record', () => {
    expect(renderHtml(record)).toBe(renderHtml(structuredClone(record)));
  });

  it('as Markdown reads like this', () => {
    const steady = renderMarkdown(failoverRecord({ skip: 'known bad probe' })).replace(/`[0-9a-f]{64}`/g, '`HASH`');
    expect(steady).toMatchSnapshot();
  });
});

describe('what was not measured is reported as not measured (I11)', () => {
  it('a null is no number and meets no objective', () => {
    const record = failoverRecord();
    const nulls = { faultAt: null, approvedAt: null, recoveredAt: null };
    const measured = { ...nulls, rtoFromFaultMs: null, rtoFromApprovalMs: null, rpoMs: null };
    const html = renderHtml({ ...record, measured });
    const figures = textOf(/<div class="figures">.*?<dl>/s.exec(html)?.[0] ?? '');
    expect(figures.match(/not measured/g)).toHaveLength(3);
    expect(figures.match(/Not known whether met/g)).toHaveLength(3);
    expect(figures).not.toMatch(/Met:|Missed:/);
  });

  it('a figure over its objective is missed', () => {
    const record = failoverRecord();
    const html = renderHtml({ ...record, measured: { ...record.measured, rtoFromFaultMs: 300_001, rpoMs: 60_000 } });
    expect(textOf(html)).toContain('5 min Missed: objective 5 min');
    expect(textOf(html)).toContain('1 min Met: objective 1 min');
  });

  it('a proof that was skipped is not proven, whatever the run says of itself', () => {
    const text = textOf(renderHtml(failoverRecord({ skip: 'known bad probe' })));
    expect(text).toContain('skipped: not proven');
    expect(text).toContain('Something was skipped once. 1 of 2 proofs held.');
    expect(text).toContain(
      'Proof: item written before the fault reads back ben 2026-03-01 03:05:44.640 known bad probe',
    );
  });

  it('a run without a plan is told without one', () => {
    const text = textOf(renderHtml(refusedRecord()));
    expect(text).toContain('Refused. items is not fit to serve. Mend it first. Nothing in the estate was changed.');
    expect(text).toContain('There was never a plan');
    expect(text).toContain('not measured The estate names no objective');
    expect(renderMarkdown(refusedRecord())).toContain('There was never a plan');
  });

  it('what happened on another day than the start is told with its date', () => {
    const { state, ...record } = failoverRecord();
    const last = { at: state.startedAt + 86_400_000, kind: 'note' as const, id: '', say: 'a day later' };
    const text = textOf(renderHtml({ ...record, state: { ...state, timeline: [...state.timeline, last] } }));
    expect(text).toContain('2026-03-02 03:04:36.120 +1 d a day later');
  });

  it('a run that goes on is not told as ended', () => {
    const state = { ...failoverRecord().state, status: 'holding' as const, endedAt: null };
    expect(textOf(renderHtml({ ...failoverRecord(), state }))).toContain('The run has not ended');
  });
});

describe('no text becomes markup', () => {
  it('in HTML, wherever a person can write', () => {
    const html = renderHtml(failoverRecord({ reason: EVIL, breakGlass: EVIL, skip: EVIL }));
    expect(html).not.toMatch(/<script|<img|onerror=y>|href=/i);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html.match(/<svg/g)).toHaveLength(1);
  });

  it('in the plan, the evidence and the picture', () => {
    const record = structuredClone(failoverRecord()) as { plan: { view: { headline: string; says: object } } };
    record.plan.view.headline = EVIL;
    record.plan.view.says = new Proxy({}, { get: () => EVIL });
    const html = renderHtml(record as never);
    expect(html).not.toMatch(/<script|<img/i);
  });

  it('in Markdown', () => {
    const markdown = renderMarkdown(failoverRecord({ reason: EVIL }));
    expect(markdown).not.toMatch(/<script|<img/i);
    expect(markdown).not.toContain('[click](');
    const row = markdown.split('\n').find((line) => line.includes('alert')) ?? '';
    expect(row.replaceAll('\\|', '').match(/\|/g)).toHaveLength(7);
  });

  it('control and direction characters are dropped', () => {
    expect(escapeHtml('a\u0000b\u202ec\n')).toBe('abc\n');
  });

  it('the page may fetch nothing and run nothing', () => {
    const html = renderHtml(failoverRecord());
    expect(html).toContain("default-src 'none'");
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|@import|<link|src=/);
  });

  it('a secret in a reason is not repeated (I8)', () => {
    // Put together here, so that no file holds what looks like a token.
    const token = ['xox', 'b-1234567890-abcdefghij'].join('');
    for (const form of [renderHtml, renderMarkdown]) {
      const text = form(failoverRecord({ reason: `use ${token} please` }));
      expect(text).not.toContain(token);
      expect(text).toMatch(/use \\?\[redacted\\?\] please/);
    }
  });
});

describe('what is not usual is loud', () => {
  it('a broken glass stands at the top, with who and why', () => {
    const html = renderHtml(failoverRecord({ breakGlass: 'nobody else is awake' }));
    const callout = html.indexOf('BREAK-GLASS by ada: the rule approvals-by-others was overridden.');
    expect(callout).toBeGreaterThan(0);
    expect(callout).toBeLessThan(html.indexOf('Measured'));
    expect(textOf(html)).toContain('BREAK-GLASS over approvals-by-others nobody else is awake');
    expect(textOf(html)).toContain('approved by ada by breaking the glass');
    expect(textOf(renderHtml(failoverRecord()))).not.toMatch(/break-?glass|breaking the glass/i);
  });

  it('an aborted run says what must not be restored, and why', () => {
    const text = textOf(renderHtml(failoverRecord({ aborted: true })));
    expect(text).toContain('must not be restored, because us-central1 does not answer');
    expect(text).toContain('2 change(s) still stand: see “Undo”.');
    expect(text).not.toContain('What was changed was taken back.');
    expect(text).toContain('Run items in europe-west1 with 5 workers (now 4) taken back');
    expect(text).toContain(
      'prove/canary/main/europe-west1 A new canary written through every coordinator of europe-west1 reads back not reached',
    );
  });

  it('a plan that was changed after it was signed is seen', () => {
    const record = structuredClone(failoverRecord());
    const changed = {
      ...record,
      plan: record.plan && { ...record.plan, core: { ...record.plan.core, version: record.plan.core.version + 1 } },
    };
    expect(textOf(renderHtml(changed))).toContain('not the hash of the plan in this record');
  });

  it('a decision that was changed after it was signed is seen', () => {
    const record = structuredClone(failoverRecord());
    const forged = record.state.decisions.map((one) => ({ ...one, decision: { ...one.decision, by: 'cho' } }));
    const text = textOf(renderHtml({ ...record, state: { ...record.state, decisions: forged } }));
    expect(text).toContain('does not hold');
    expect(textOf(renderHtml(record))).not.toContain('does not hold');
  });

  it('approvals of an earlier attempt do not count as approval', () => {
    const { state, ...record } = failoverRecord();
    const text = textOf(renderHtml({ ...record, state: { ...state, attempt: 2 } }));
    expect(text).toContain('(attempt 1: an earlier review, does not count)');
    expect(text).toContain('The plan (not approved)');
  });
});
