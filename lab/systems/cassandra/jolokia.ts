/** The lab's own look at a Cassandra node: StorageService through Jolokia, with a short limit. */
import { LifeboatError } from '../../../kernel/errors.ts';
import { CASSANDRA_PORTS, type CassandraNode } from './addresses.ts';

export interface NodeLook {
  /** Addresses that this node holds for alive, itself included. */
  readonly live: readonly string[];
  readonly schemaVersion: string;
  readonly mode: string;
  readonly native: boolean;
}

const LOOK_TIMEOUT_MS = 3000;

/** `http://address:8778/jolokia`. */
export function controlUrl(node: CassandraNode): string {
  return `http://${node.address}:${CASSANDRA_PORTS.control}/jolokia`;
}

/** What the node says of itself. Throws while it cannot answer. */
export async function lookAt(node: CassandraNode, username: string, password: string): Promise<NodeLook> {
  const response = await fetch(controlUrl(node), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
    body: JSON.stringify({
      type: 'read',
      mbean: 'org.apache.cassandra.db:type=StorageService',
      attribute: ['LiveNodes', 'SchemaVersion', 'OperationMode', 'NativeTransportRunning'],
    }),
    signal: AbortSignal.timeout(LOOK_TIMEOUT_MS),
  });
  const answer: unknown = await response.json();
  if (typeof answer === 'object' && answer !== null && 'value' in answer) {
    const value = answer.value;
    if (
      typeof value === 'object' &&
      value !== null &&
      'LiveNodes' in value &&
      Array.isArray(value.LiveNodes) &&
      'SchemaVersion' in value &&
      'OperationMode' in value &&
      'NativeTransportRunning' in value
    ) {
      return {
        live: value.LiveNodes.map(String),
        schemaVersion: String(value.SchemaVersion),
        mode: String(value.OperationMode),
        native: value.NativeTransportRunning === true,
      };
    }
  }
  throw new LifeboatError({
    type: 'lab-jolokia',
    message: `${node.name} has no StorageService yet (HTTP ${response.status})`,
    where: controlUrl(node),
    mend: 'Wait; Jolokia answers before Cassandra does.',
    retryable: true,
  });
}
