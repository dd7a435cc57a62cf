/**
 * Slack's side, forged: 10,000 seeded variants of one true request over HTTP, and replayed, foreign and stranger's
 * envelopes over the socket, against the real bot logic, the real client and a real Temporal. Pinned: any of them starting
 * a run.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openLifeboat } from '../../client/connect.ts';
import { keySigner } from '../../client/keys.ts';
import { secretPath } from '../../lab/secrets.ts';
import { slackPerson, slackSteering } from '../../lab/standins/slack/client.ts';
import { signatureOf } from '../../lab/standins/slack/delivery/http.ts';
import { botKeyPath } from '../../lab/systems/lifeboat/keys.ts';
import { SLACK_TOKENS } from '../../lab/systems/slack/workspace.ts';
import { type Bot, buttonSecretOf, createBot } from '../../slackbot/bot.ts';
import { Tokens } from '../../slackbot/config.ts';
import { silentLog } from '../../slackbot/log.ts';
import { soleLease } from '../../slackbot/projection/lease.ts';
import { eventually, UP_TIMEOUT_MS, type WholeLab, wholeLab } from './whole-lab.ts';

const SEED = 20_261_121;
const FORGED = 10_000;
const SIDE_BY_SIDE = 50;
const LATE_MS = 60_000;
const COMMAND = 'plan failover from=us-central1';

let whole: WholeLab;
let bot: Bot;
let tokens: Tokens;
let url: string;
let closeClient: () => Promise<void>;

interface Sent {
  readonly body: string;
  readonly timestamp: string;
  readonly signature: string;
}

let trigger = 0;

function commandBody(more: { readonly [field: string]: string } = {}): string {
  trigger += 1;
  const { team = '', app = '' } = whole.estate.bots['slack'] ?? {};
  return new URLSearchParams({
    command: '/lifeboat',
    text: COMMAND,
    user_id: whole.estate.people['ada']?.slack ?? '',
    user_name: 'ada',
    team_id: team,
    api_app_id: app,
    channel_id: whole.estate.slack.channel,
    trigger_id: `forged.${trigger}`,
    response_url: `${whole.lab.urls.slack}/test/nowhere`,
    ...more,
  }).toString();
}

function signed(body: string, atMs = Date.now()): Sent {
  const seconds = Math.floor(atMs / 1_000);
  return { body, timestamp: String(seconds), signature: signatureOf(tokens.signingSecret, seconds, body) };
}

async function post({ body, timestamp, signature }: Sent): Promise<number> {
  const response = await fetch(`${url}/slack/events`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
    body,
  });
  await response.body?.cancel();
  return response.status;
}

async function countRuns(): Promise<number> {
  return (await whole.ada.list({ limit: 1_000 })).length;
}

beforeAll(async () => {
  whole = await wholeLab();
  const { lab, estate, digest } = whole;
  tokens = Tokens.parse(JSON.parse(await readFile(secretPath(lab.instance, SLACK_TOKENS), 'utf8')));
  const botKey = (await readFile(botKeyPath(lab.instance), 'utf8')).trim();
  const lifeboat = await openLifeboat({ estate, digest, signer: keySigner(botKey) });
  closeClient = () => lifeboat.close();
  const { team, app } = estate.bots['slack'] ?? {};
  bot = createBot({
    estate,
    allowed: { team: team ?? '', app: app ?? '' },
    lifeboat,
    tokens,
    lease: soleLease(),
    buttonSecret: buttonSecretOf(botKey),
    log: silentLog,
    mode: 'http',
    slackApiUrl: `${lab.urls.slack}/api/`,
    http: { address: '127.0.0.1', port: 0 },
  });
  await bot.start();
  await bot.ready;
  url = bot.url() ?? '';
}, UP_TIMEOUT_MS);

afterAll(async () => {
  await bot?.stop();
  await closeClient?.();
  await whole?.close();
});

describe('over HTTP', () => {
  it(`one true request starts one run, and none of ${FORGED} forged ones starts any`, async () => {
    const before = await countRuns();
    const honest = signed(commandBody());
    expect(await post(honest)).toBe(200);
    const after = await eventually('the run of the true request', async () => {
      const count = await countRuns();
      return count > before ? count : undefined;
    });
    expect(after).toBe(before + 1);

    const variants = fc.sample(
      fc.record({
        how: fc.constantFrom(
          'signature',
          'body',
          'past',
          'future',
          'replay',
          'team',
          'app',
          'stranger',
          'secret',
          'unsigned',
        ),
        position: fc.nat(10_000),
        seconds: fc.integer({ min: 301, max: 10_000_000 }),
        word: fc.string({ minLength: 1, maxLength: 12 }),
      }),
      { seed: SEED, numRuns: FORGED },
    );
    const forge = ({ how, position, seconds, word }: (typeof variants)[number]): Sent => {
      const fresh = commandBody();
      const good = signed(fresh);
      switch (how) {
        case 'signature': {
          const at = 3 + (position % (good.signature.length - 3));
          const other = good.signature[at] === '0' ? '1' : '0';
          return { ...good, signature: good.signature.slice(0, at) + other + good.signature.slice(at + 1) };
        }
        case 'body':
          return { ...good, body: `${fresh}&text=${encodeURIComponent(`run failover ${word}`)}` };
        case 'past':
          return signed(fresh, Date.now() - seconds * 1_000);
        case 'future':
          // A busy machine reads it late, when it is less of the future.
          return signed(fresh, Date.now() + LATE_MS + seconds * 1_000);
        case 'replay':
          return honest;
        case 'team':
          return signed(commandBody({ team_id: `T0${word}` }));
        case 'app':
          return signed(commandBody({ api_app_id: `A0${word}` }));
        case 'stranger':
          return signed(commandBody({ user_id: `U0${word}` }));
        case 'secret': {
          const at = Math.floor(Date.now() / 1_000);
          return { body: fresh, timestamp: String(at), signature: signatureOf(`not the secret ${word}`, at, fresh) };
        }
        default:
          return { ...good, signature: '' };
      }
    };
    const left = [...variants];
    const lanes = Array.from({ length: SIDE_BY_SIDE }, async () => {
      for (let next = left.pop(); next; next = left.pop()) {
        const status = await post(forge(next));
        // A stranger is told so in Slack, which needs a 200; everyone else is turned away at the door.
        if (next.how !== 'stranger')
          expect({ how: next.how, refused: status >= 400 }).toEqual({ how: next.how, refused: true });
      }
    });
    await Promise.all(lanes);
    expect(await countRuns()).toBe(after);
  }, 300_000);
});

describe('over the socket', () => {
  it('a replay, a foreign team and a stranger start nothing', async () => {
    const steering = slackSteering(whole.lab.urls.slack);
    const before = await countRuns();
    expect((await slackPerson(whole.lab.urls.slack, 'ada').slash(COMMAND)).ok).toBe(true);
    const after = await eventually('the run of the true command', async () => {
      const count = await countRuns();
      return count > before ? count : undefined;
    });
    const envelope = (await steering.envelopes()).findLast(({ type }) => type === 'slash_commands');
    if (!envelope) throw new Error('the stand-in keeps no envelope of the command');
    await steering.replay(envelope.id);
    const payload = envelope.payload as { readonly [field: string]: unknown };
    await steering.inject({ type: 'slash_commands', payload: { ...payload, team_id: 'T0FOREIGN', trigger_id: 'a.1' } });
    await steering.inject({
      type: 'slash_commands',
      payload: { ...payload, user_id: 'U0STRANGER', trigger_id: 'a.2' },
    });
    await steering.inject({
      type: 'slash_commands',
      payload: { ...payload, api_app_id: 'A0FOREIGN', trigger_id: 'a.3' },
    });
    // A last true command is the sign that the bot has handled what came before it.
    expect((await slackPerson(whole.lab.urls.slack, 'ada').slash(COMMAND)).ok).toBe(true);
    await eventually('the run of the last command', async () => ((await countRuns()) > after ? true : undefined));
    expect(await countRuns()).toBe(after + 1);
  }, 120_000);
});
