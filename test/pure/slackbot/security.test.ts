// Failure modes pinned here: forged, altered, replayed and wrongly dated requests; foreign teams, apps and people; a
// memory that forgets too early; guests, bots and a Slack that does not answer. Nothing of it may be admitted.
import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDoor, type HttpRequest } from '../../../slackbot/security/admit.ts';
import { identify, notMember } from '../../../slackbot/security/membership.ts';
import { createReceipts, REMEMBER_MS } from '../../../slackbot/security/replay.ts';
import { labEstate } from '../../slackbot/fixture.ts';

const SECRET = 'a-signing-secret-of-the-tests';
const NOW_MS = Date.UTC(2026, 0, 15, 3, 0, 0);
const ALLOWED = { team: 'T01LAB', app: 'A01LAB' };
const SEED = 20260115;

function doorAt(clock: { nowMs: number }, startedAtMs = NOW_MS - 3_600_000) {
  const now = () => clock.nowMs;
  return createDoor({ signingSecret: SECRET, allowed: ALLOWED, receipts: createReceipts(now), now, startedAtMs });
}

function signed(body: string, timestampSeconds = Math.floor(NOW_MS / 1000)): HttpRequest {
  const digest = createHmac('sha256', SECRET).update(`v0:${timestampSeconds}:${body}`).digest('hex');
  return {
    body: Buffer.from(body),
    contentType: 'application/x-www-form-urlencoded',
    timestamp: String(timestampSeconds),
    signature: `v0=${digest}`,
  };
}

function slash(changes: Readonly<Record<string, string>> = {}): string {
  return new URLSearchParams({
    team_id: 'T01LAB',
    api_app_id: 'A01LAB',
    user_id: 'U01ADA',
    command: '/lifeboat',
    text: 'run failover from=us-central1',
    trigger_id: '1.2.t',
    is_enterprise_install: 'false',
    ...changes,
  }).toString();
}

function press(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    type: 'block_actions',
    team: { id: 'T01LAB' },
    user: { id: 'U01ADA', team_id: 'T01LAB' },
    api_app_id: 'A01LAB',
    trigger_id: '1.3.t',
    ...changes,
  };
}

const pressBody = (payload: object) => new URLSearchParams({ payload: JSON.stringify(payload) }).toString();

describe('the door, over HTTP', () => {
  it('admits what Slack signed, with the person from the signed body', () => {
    const admission = doorAt({ nowMs: NOW_MS }).http(signed(slash()));
    expect(admission).toMatchObject({
      kind: 'admitted',
      sender: { user: 'U01ADA', kind: 'command', trigger: '1.2.t' },
    });
  });

  it('refuses an exact replay', () => {
    const door = doorAt({ nowMs: NOW_MS });
    const request = signed(slash());
    expect(door.http(request).kind).toBe('admitted');
    expect(door.http(request)).toEqual({ kind: 'refused', rule: 'replay', status: 401 });
  });

  it('does not act twice on a redelivery with a new signature', () => {
    const door = doorAt({ nowMs: NOW_MS });
    expect(door.http(signed(slash())).kind).toBe('admitted');
    expect(door.http(signed(slash(), NOW_MS / 1000 + 3)).kind).toBe('repeated');
  });

  it.each([[-301], [301], [3_600], [-3_600]])('refuses a clock difference of %d s', (seconds) => {
    const request = signed(slash(), NOW_MS / 1000 + seconds);
    expect(doorAt({ nowMs: NOW_MS }).http(request)).toMatchObject({ kind: 'refused', rule: 'clock' });
  });

  it.each([[-300], [300]])('admits a clock difference of %d s', (seconds) => {
    expect(doorAt({ nowMs: NOW_MS }).http(signed(slash(), NOW_MS / 1000 + seconds)).kind).toBe('admitted');
  });

  it('refuses what was signed before this process began, because its predecessor may have had it', () => {
    const door = doorAt({ nowMs: NOW_MS }, NOW_MS);
    expect(door.http(signed(slash(), NOW_MS / 1000 - 1))).toMatchObject({ kind: 'refused', rule: 'before-start' });
  });

  it.each([
    ['a foreign team', slash({ team_id: 'T99EVIL' }), 'foreign-team'],
    ['a foreign app', slash({ api_app_id: 'A99EVIL' }), 'foreign-app'],
    ['an org-wide installation', slash({ is_enterprise_install: 'true' }), 'org-wide'],
    ['no team', slash({ team_id: '' }), 'foreign-team'],
    ['a press from a foreign team', pressBody(press({ team: { id: 'T99EVIL' } })), 'foreign-team'],
    [
      'a press by a person of another workspace',
      pressBody(press({ user: { id: 'U01ADA', team_id: 'T99EVIL' } })),
      'foreign-user',
    ],
    ['an event that is not subscribed to', pressBody(press({ type: 'event_callback' })), 'kind'],
    ['a press without a person', pressBody(press({ user: {} })), 'malformed'],
  ])('refuses %s, even well signed', (_, body, rule) => {
    expect(doorAt({ nowMs: NOW_MS }).http(signed(body))).toMatchObject({ kind: 'refused', rule });
  });

  it.each([
    ['a field given twice', `${slash()}&user_id=U01BEN`],
    ['a payload beside other fields', `${pressBody(press())}&command=%2Flifeboat`],
    ['a payload that is no JSON', 'payload=%7B'],
  ])('refuses %s, which two readers could read differently', (_, body) => {
    expect(doorAt({ nowMs: NOW_MS }).http(signed(body))).toMatchObject({
      kind: 'refused',
      rule: 'malformed',
      status: 400,
    });
  });

  it('refuses every altered request', () => {
    const good = signed(slash());
    const altered: fc.Arbitrary<HttpRequest> = fc.oneof(
      fc.record({ at: fc.nat(good.body.length - 1), by: fc.integer({ min: 1, max: 255 }) }).map(({ at, by }) => {
        const body = Buffer.from(good.body);
        body[at] = (body[at] ?? 0) ^ by;
        return { ...good, body };
      }),
      fc
        .uint8Array({ minLength: 1, maxLength: 64 })
        .map((more) => ({ ...good, body: Buffer.concat([good.body, more]) })),
      fc
        .record({ at: fc.nat(63), to: fc.constantFrom(...'0123456789abcdef') })
        .filter(({ at, to }) => good.signature?.[at + 3] !== to)
        .map(({ at, to }) => {
          const signature = good.signature ?? '';
          return { ...good, signature: signature.slice(0, at + 3) + to + signature.slice(at + 4) };
        }),
      fc.string().map((signature) => ({ ...good, signature })),
      fc
        .integer({ min: -300, max: 300 })
        .filter((by) => by !== 0)
        .map((by) => ({ ...good, timestamp: String(NOW_MS / 1000 + by) })),
      fc
        .string()
        .filter((text) => text !== good.timestamp)
        .map((timestamp) => ({ ...good, timestamp })),
      fc.constant({ ...good, signature: undefined }),
      fc.constant({ ...good, timestamp: undefined }),
    );
    fc.assert(
      fc.property(altered, (request) => doorAt({ nowMs: NOW_MS }).http(request).kind === 'refused'),
      { numRuns: 2_000, seed: SEED },
    );
  });

  it('refuses what another secret signed', () => {
    fc.assert(
      fc.property(
        fc.string().filter((secret) => secret !== SECRET),
        (secret) => {
          const body = slash();
          const timestamp = String(NOW_MS / 1000);
          const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
          const door = doorAt({ nowMs: NOW_MS });
          return door.http({ ...signed(body), signature: `v0=${digest}` }).kind === 'refused';
        },
      ),
      { numRuns: 500, seed: SEED },
    );
  });
});

describe('the door, over a socket', () => {
  it('admits an envelope once', () => {
    const door = doorAt({ nowMs: NOW_MS });
    const envelope = { id: 'e1', payload: press() };
    expect(door.socket(envelope).kind).toBe('admitted');
    expect(door.socket(envelope).kind).toBe('repeated');
  });

  it('does not act twice on the same trigger in another envelope', () => {
    const door = doorAt({ nowMs: NOW_MS });
    expect(door.socket({ id: 'e1', payload: press() }).kind).toBe('admitted');
    expect(door.socket({ id: 'e2', payload: press() }).kind).toBe('repeated');
  });

  it('refuses an envelope without an id', () => {
    expect(doorAt({ nowMs: NOW_MS }).socket({ id: undefined, payload: press() }).kind).toBe('refused');
  });

  it('admits no arbitrary payload', () => {
    fc.assert(
      fc.property(
        fc.anything(),
        (payload) => doorAt({ nowMs: NOW_MS }).socket({ id: 'e1', payload }).kind === 'refused',
      ),
      { numRuns: 1_000, seed: SEED },
    );
  });
});

describe('what was received', () => {
  it('is remembered longer than a request stays valid', () => {
    const clock = { nowMs: NOW_MS };
    const receipts = createReceipts(() => clock.nowMs);
    expect(receipts.mark('a')).toBe('new');
    clock.nowMs += REMEMBER_MS - 1;
    expect(receipts.mark('a')).toBe('seen');
    clock.nowMs += 1;
    expect(receipts.mark('a')).toBe('new');
  });

  it('refuses new ones rather than forgetting old ones', () => {
    const receipts = createReceipts(() => NOW_MS, 2);
    expect([receipts.mark('a'), receipts.mark('b'), receipts.mark('c'), receipts.mark('a')]).toEqual([
      'new',
      'new',
      'full',
      'seen',
    ]);
  });
});

describe('who a Slack user is', () => {
  const member = {
    id: 'U01ADA',
    team_id: 'T01LAB',
    deleted: false,
    is_bot: false,
    is_restricted: false,
    is_ultra_restricted: false,
  };

  it('is the person whom the estate names by that id', async () => {
    const estate = labEstate();
    const known = await identify('U01ADA', { estate, team: 'T01LAB', userInfo: async () => member });
    expect(known).toMatchObject({ id: 'ada', slack: 'U01ADA' });
  });

  it.each([
    ['a guest', { is_restricted: true }],
    ['a single-channel guest', { is_ultra_restricted: true }],
    ['a bot', { is_bot: true }],
    ['a deactivated account', { deleted: true }],
    ['a stranger', { is_stranger: true }],
    ['an account of another workspace', { team_id: 'T99EVIL' }],
    ['an answer about somebody else', { id: 'U01BEN' }],
    ['an answer that leaves out whether it is a guest', { is_restricted: undefined }],
  ])('is nobody for %s', (_, change) => {
    expect(notMember({ ...member, ...change }, 'U01ADA', 'T01LAB')).toBeDefined();
  });

  it('is nobody when the estate does not know the id, whatever Slack says', async () => {
    const userInfo = async () => ({ ...member, id: 'U99EVE', name: 'ada', real_name: 'Ada' });
    await expect(identify('U99EVE', { estate: labEstate(), team: 'T01LAB', userInfo })).rejects.toMatchObject({
      type: 'unknown-person',
    });
  });

  it('is nobody while Slack cannot be asked', async () => {
    const userInfo = async () => {
      throw new Error('down');
    };
    await expect(identify('U01ADA', { estate: labEstate(), team: 'T01LAB', userInfo })).rejects.toMatchObject({
      type: 'membership-unknown',
    });
  });
});
