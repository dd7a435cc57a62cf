/**
 * What the nodes of a region say of themselves and of each other. Pure but for the asking.
 *
 * Must never happen: a node counts as up because one of its peers has not noticed yet, or because nobody was asked.
 */
import { z } from 'zod';
import { LifeboatError, passing } from '../../kernel/errors.ts';
import type { RingReading } from '../../runbooks/steps/cassandra.ts';
import { HINTS_SERVICE, type Jolokia, STORAGE_SERVICE } from './jolokia.ts';

/** What one node answered. */
export interface NodeView {
  readonly node: string;
  /** The address by which its peers know it. */
  readonly endpoint: string;
  readonly live: readonly string[];
  readonly schemaVersion: string;
  readonly mode: string;
  readonly pendingHints: boolean;
}

const Storage = z.object({
  LiveNodes: z.array(z.string()),
  SchemaVersion: z.string(),
  OperationMode: z.string(),
  LocalHostId: z.string(),
  EndpointToHostId: z.record(z.string(), z.string()),
});

/** Asks one node. @throws LifeboatError of its control plane, or `ring-unclear` (may pass) */
export async function viewOf(node: string, jolokia: Jolokia, signal: AbortSignal): Promise<NodeView> {
  const [storage, hints] = await Promise.all([
    jolokia.read(STORAGE_SERVICE, Object.keys(Storage.shape), signal),
    jolokia.read(HINTS_SERVICE, ['PendingHints'], signal),
  ]);
  const parsed = Storage.safeParse(storage);
  if (!parsed.success) {
    throw passing('ring-unclear', `${node} has no ring to tell of yet.`, node, 'Wait until it has started.');
  }
  const { LiveNodes, SchemaVersion, OperationMode, LocalHostId, EndpointToHostId } = parsed.data;
  const endpoint = Object.entries(EndpointToHostId).find(([, id]) => id === LocalHostId)?.[0];
  return {
    node,
    endpoint: bare(endpoint ?? ''),
    live: LiveNodes.map(bare),
    schemaVersion: SchemaVersion,
    mode: OperationMode,
    pendingHints: Array.isArray(hints.PendingHints) && hints.PendingHints.length > 0,
  };
}

export interface RingMember {
  readonly node: string;
  readonly address: string;
  /** Undefined when it did not answer. */
  readonly view: NodeView | undefined;
}

/**
 * Each node is in exactly one list. Up: it answers, works normally, and every node that answered holds it for live.
 * Silent: its peers hold it for live, and its control plane does not answer. Down: the rest.
 * @throws LifeboatError `ring-silent` (may pass) when no node answered
 */
export function ringReading(members: readonly RingMember[], where: string): RingReading {
  const views = members.flatMap(({ view }) => view ?? []);
  if (views.length === 0) {
    throw passing(
      'ring-silent',
      `No control plane of a node in ${where} answered.`,
      where,
      'Start the nodes, or mend the way to them.',
    );
  }
  const live = ({ address, view }: RingMember): boolean =>
    views.every((one) => one.live.includes(view?.endpoint ?? address));
  const up = members.filter((member) => member.view?.mode === 'NORMAL' && live(member));
  const silent = members.filter((member) => member.view === undefined && live(member));
  const down = members.filter((member) => !up.includes(member) && !silent.includes(member));
  const names = (some: readonly RingMember[]): string[] => some.map(({ node }) => node);
  return {
    up: names(up),
    down: names(down),
    silent: names(silent),
    schemaAgreed: new Set(views.map(({ schemaVersion }) => schemaVersion)).size === 1,
    pendingHints: views.some(({ pendingHints }) => pendingHints),
  };
}

/** Asks everyone at once; whoever does not answer has no view. @throws what is no failure of one node: a bad login */
export async function viewsOf<T extends { readonly node: string }>(
  nodes: readonly T[],
  jolokiaOf: (one: T) => Jolokia,
  signal: AbortSignal,
): Promise<(T & { readonly view: NodeView | undefined })[]> {
  return Promise.all(
    nodes.map(async (one) => {
      try {
        return { ...one, view: await viewOf(one.node, jolokiaOf(one), signal) };
      } catch (error) {
        signal.throwIfAborted();
        if (LifeboatError.is(error) && error.retryable) return { ...one, view: undefined };
        throw error;
      }
    }),
  );
}

/** Java prints addresses as `/127.0.0.1`, `host/127.0.0.1` and with a port. */
function bare(address: string): string {
  const last = address.slice(address.lastIndexOf('/') + 1);
  return /^[^:]+:\d+$/.test(last) ? (last.split(':')[0] ?? last) : last;
}
