/**
 * Socket Mode: one-time tickets, sockets, hello, envelopes and their acknowledgements.
 *
 * Must never happen: an envelope sent to two sockets at once (Slack picks one), a ticket used twice, or a socket that
 * stays open while Slack is down.
 */

import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { objectOf, parseJson, stringOf } from '../json.ts';
import { isDown, type World } from '../world.ts';
import type { Ack, Envelope, Retry } from './envelope.ts';

/** Documented: an app may hold ten sockets. */
const MAX_SOCKETS = 10;
const TICKET_MS = 30_000;
/** The client gives a silent server up after 30 s. */
const PING_EVERY_MS = 10_000;
const MAX_FRAME_BYTES = 1024 * 1024;

export interface Sockets {
  newTicket(): string;
  count(): number;
  /** Takes over an HTTP upgrade of `/socket/?ticket=…`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sends to one open socket, in turn, and waits for its acknowledgement. */
  deliver(envelope: Envelope, retry?: Retry): Promise<Ack>;
  /** `announced` sends `disconnect` first, as Slack does when it recycles a server; else the line is cut. */
  drop(how: 'announced' | 'cut'): number;
  close(): void;
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

export function createSockets(world: World): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });
  const tickets = new Map<string, number>();
  /** Open sockets; the first is the next to get an envelope. */
  let open: WebSocket[] = [];
  const waiting = new Map<string, (ack: Ack) => void>();

  const pings = setInterval(() => {
    for (const socket of open) socket.ping();
  }, PING_EVERY_MS);
  pings.unref();

  function welcome(socket: WebSocket): void {
    if (open.length >= MAX_SOCKETS) {
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets' }));
      socket.close();
      return;
    }
    open.push(socket);
    socket.on('message', (data) => take(String(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      open = open.filter((each) => each !== socket);
      world.changes.bump();
    });
    const hello = {
      type: 'hello',
      num_connections: open.length,
      connection_info: { app_id: world.config.app },
      debug_info: { host: 'stand-in', approximate_connection_time: 18_060 },
    };
    socket.send(JSON.stringify(hello));
    world.changes.bump();
  }

  function take(text: string): void {
    const message = objectOf(parseJson(text));
    waiting.get(stringOf(message.envelope_id))?.({ kind: 'acked', payload: objectOf(message.payload) });
  }

  function nextSocket(): WebSocket | undefined {
    const socket = open.find((each) => each.readyState === each.OPEN);
    if (socket) open = [...open.filter((each) => each !== socket), socket];
    return socket;
  }

  return {
    newTicket: () => {
      const ticket = randomBytes(16).toString('hex');
      tickets.set(ticket, world.now() + TICKET_MS);
      return ticket;
    },
    count: () => open.length,
    upgrade: (request, socket, head) => {
      if (isDown(world)) return refuseUpgrade(socket, '503 Service Unavailable');
      const ticket = new URL(request.url ?? '/', 'http://stand-in').searchParams.get('ticket') ?? '';
      const expiresAtMs = tickets.get(ticket) ?? 0;
      tickets.delete(ticket);
      if (world.now() > expiresAtMs) return refuseUpgrade(socket, '403 Forbidden');
      server.handleUpgrade(request, socket, head, welcome);
    },
    deliver: (envelope, retry) => {
      const socket = nextSocket();
      if (socket === undefined) return Promise.resolve({ kind: 'nobody' });
      return new Promise((resolve) => {
        const timer = setTimeout(() => settle({ kind: 'timeout' }), world.ackMs);
        const lost = () => settle({ kind: 'nobody' });
        function settle(ack: Ack): void {
          clearTimeout(timer);
          socket?.off('close', lost);
          if (waiting.get(envelope.id) === settle) waiting.delete(envelope.id);
          resolve(ack);
        }
        waiting.set(envelope.id, settle);
        socket.once('close', lost);
        socket.send(
          JSON.stringify({
            envelope_id: envelope.id,
            type: envelope.type,
            payload: envelope.payload,
            accepts_response_payload: envelope.acceptsResponsePayload,
            ...(retry && { retry_attempt: retry.attempt, retry_reason: retry.reason }),
          }),
        );
      });
    },
    drop: (how) => {
      const dropped = open;
      open = [];
      for (const socket of dropped) {
        if (how === 'announced') {
          socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
          socket.close();
        } else socket.terminate();
      }
      world.changes.bump();
      return dropped.length;
    },
    close: () => {
      clearInterval(pings);
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}
