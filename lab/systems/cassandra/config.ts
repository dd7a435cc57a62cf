/** The files of a Cassandra node, as text. Pure; tried values with their reasons in the comments. */
import { stringify } from 'yaml';
import { CASSANDRA_PORTS, type CassandraNode, TOKENS_PER_NODE } from './addresses.ts';

/** `cassandra.yaml` of one of `nodes`. `clusterName` is unique per instance: two labs can never gossip together. */
export function renderCassandraYaml(nodes: readonly CassandraNode[], node: CassandraNode, clusterName: string): string {
  const seeds = nodes.filter((peer) => peer.seed).map((peer) => `${peer.address}:${CASSANDRA_PORTS.storage}`);
  const yaml = {
    cluster_name: clusterName,
    num_tokens: TOKENS_PER_NODE,
    // Preset tokens without bootstrap: six nodes may start at once, in any order.
    initial_token: node.tokens.join(','),
    auto_bootstrap: false,
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    endpoint_snitch: 'GossipingPropertyFileSnitch',
    listen_address: node.address,
    rpc_address: node.address,
    storage_port: CASSANDRA_PORTS.storage,
    native_transport_port: CASSANDRA_PORTS.native,
    seed_provider: [
      { class_name: 'org.apache.cassandra.locator.SimpleSeedProvider', parameters: [{ seeds: seeds.join(',') }] },
    ],
    authenticator: 'PasswordAuthenticator',
    authorizer: 'CassandraAuthorizer',
    role_manager: 'CassandraRoleManager',
    roles_validity: '10s',
    permissions_validity: '10s',
    credentials_validity: '10s',
    // A periodic log marks what is to be replayed only now and then: kill -9 of a whole region at once then loses writes
    // that it had acknowledged in its last moments, which no repair brings back. Seen here: 3 of 20.
    commitlog_sync: 'batch',
    commitlog_segment_size: '8MiB',
    commitlog_total_space: '128MiB',
    memtable_heap_space: '64MiB',
    memtable_offheap_space: '64MiB',
    key_cache_size: '4MiB',
    row_cache_size: '0MiB',
    counter_cache_size: '0MiB',
    prepared_statements_cache_size: '5MiB',
    file_cache_size: '32MiB',
    concurrent_reads: 8,
    concurrent_writes: 8,
    concurrent_counter_writes: 2,
    concurrent_compactors: 1,
    stream_throughput_outbound: '0MiB/s',
    inter_dc_stream_throughput_outbound: '0MiB/s',
    compaction_throughput: '0MiB/s',
    internode_compression: 'none',
    auto_snapshot: false,
    // `stop` would go on serving from a corrupt SSTable.
    disk_failure_policy: 'stop_paranoid',
    commit_failure_policy: 'stop',
    uuid_sstable_identifiers_enabled: true,
  };
  return `# Written by the lab at every start; changes here are lost.\n${stringify(yaml)}`;
}

/** `cassandra-rackdc.properties`: datacentres are named as their regions. */
export function renderRackDc(node: CassandraNode): string {
  return `dc=${node.region}\nrack=${node.rack}\n`;
}

/** Jolokia's properties: bound to the node's own address, with a password. The file is secret (0600). */
export function renderJolokia(node: CassandraNode, username: string, password: string): string {
  return [
    `host=${node.address}`,
    `port=${CASSANDRA_PORTS.control}`,
    'agentContext=/jolokia',
    `user=${username}`,
    `password=${password}`,
    'discoveryEnabled=false',
    '',
  ].join('\n');
}

export function renderLogback(): string {
  return `<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%date{ISO8601, UTC} %-5level %logger{0} %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
`;
}

const EXPORTS = [
  'java.base/jdk.internal.misc',
  'java.base/java.lang.ref',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'jdk.unsupported/sun.misc',
  'jdk.compiler/com.sun.tools.javac.file',
  'jdk.attach/sun.tools.attach',
];
const OPENS = [
  'java.base/java.lang',
  'java.base/java.lang.module',
  'java.base/java.lang.reflect',
  'java.base/java.io',
  'java.base/java.util',
  'java.base/sun.nio.ch',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.util.jar',
  'jdk.management/com.sun.management.internal',
  'jdk.compiler/com.sun.tools.javac',
];

export interface JvmInput {
  readonly classPath: readonly string[];
  readonly jamm: string;
  readonly jolokia: string;
  readonly jolokiaConfig: string;
  readonly cassandraYaml: string;
  readonly rackDc: string;
  readonly logback: string;
  readonly dataFolder: string;
  readonly seed: boolean;
  /** How many nodes the whole cluster has: `system_auth` starts out on all of them. */
  readonly nodeCount: number;
  readonly archive: { readonly use: string } | { readonly dump: string };
}

/** Arguments of `java` for a node. No password is among them. */
export function javaArgs(input: JvmInput): string[] {
  return [
    ...('use' in input.archive
      ? [`-XX:SharedArchiveFile=${input.archive.use}`, '-Xshare:auto']
      : [`-XX:ArchiveClassesAtExit=${input.archive.dump}`]),
    // Both at dump and at run, else the archive is ignored without a word because of the agents.
    '-XX:+UnlockDiagnosticVMOptions',
    '-XX:+AllowArchivingWithJavaAgent',
    '-Xms128m',
    '-Xmx384m',
    '-Xss256k',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djdk.attach.allowAttachSelf=true',
    '-Dio.netty.tryReflectionSetAccessible=true',
    `-javaagent:${input.jamm}`,
    `-javaagent:${input.jolokia}=config=${input.jolokiaConfig}`,
    ...EXPORTS.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
    ...OPENS.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
    // Measuring this takes three CPU-seconds of every start.
    '-Dcassandra.memtable.row_overhead_size=180',
    '-Dcassandra.skip_wait_for_gossip_to_settle=0',
    // kill -9 is not power loss: the page cache survives it.
    '-Dcassandra.skip_sync=true',
    '-Dcassandra.superuser_setup_delay_ms=0',
    `-Dcassandra.system_auth.default_rf=${input.nodeCount}`,
    `-Dcassandra.system_distributed.default_rf=${input.nodeCount}`,
    // A non-seed that hears nobody within this time ends; six that start at once on two cores are slow to speak.
    `-Dcassandra.ring_delay_ms=${input.seed ? 5000 : 30_000}`,
    '-Dcassandra-foreground=yes',
    `-Dcassandra.config=file://${input.cassandraYaml}`,
    `-Dcassandra-rackdc.properties=file://${input.rackDc}`,
    `-Dlogback.configurationFile=${input.logback}`,
    `-Dcassandra.storagedir=${input.dataFolder}`,
    `-Dcassandra.logdir=${input.dataFolder}/log`,
    '-cp',
    input.classPath.join(':'),
    'org.apache.cassandra.service.CassandraDaemon',
  ];
}
