/**
 * The nftables rules that cut a region off, or only one path to it, as text. Pure.
 *
 * On loopback an address alone does not tell where a packet comes from: a client that binds to nothing speaks from
 * 127.0.0.1, in a region as outside of it. So while the lab runs, the ports from which a region's processes (known by
 * their group id) speak on 127.0.0.1 are remembered in a set, and forgotten when another process uses the port. A cut
 * then judges every packet, those of established connections too, by the two places at its ends.
 */
import { type Endpoint, groupIdOf, networkOf, placeNumber, REGIONS, type Region } from '../places.ts';

/** One table per instance. */
export function tableName(slot: number): string {
  return `lifeboat_lab_${slot}`;
}

function portsOf(region: Region): string {
  return `ports_${placeNumber(region)}`;
}

/** The table with its sets of ports, and no cut. Loading it again keeps what the sets remember. */
export function renderMarks(slot: number): string {
  const rules = REGIONS.flatMap((region) => [
    `    ip saddr 127.0.0.1 meta skgid ${groupIdOf(slot, region)} add @${portsOf(region)} { tcp sport }`,
    `    ip saddr 127.0.0.1 meta skgid != ${groupIdOf(slot, region)} delete @${portsOf(region)} { tcp sport }`,
  ]);
  return `table ip ${tableName(slot)} {
${REGIONS.map((region) => `  set ${portsOf(region)} {\n    type inet_service\n    size 65535\n    flags dynamic\n  }`).join('\n')}
  chain marks {
    type filter hook output priority -10; policy accept;
    oif != "lo" return
${rules.join('\n')}
  }
  chain cuts {
    type filter hook output priority 0; policy accept;
  }
}
`;
}

/** A client that speaks from an address of its own, and what it does not reach. */
export interface Path {
  readonly from: string;
  readonly to: Endpoint;
}

/**
 * Replaces the chain of cuts: both directions of everything between a region and the rest are dropped, and both directions
 * of each path.
 */
export function renderCut(slot: number, cut: readonly Region[], paths: readonly Path[] = []): string {
  const table = tableName(slot);
  const rules = cut.flatMap((region) => {
    const network = networkOf(slot, region);
    const ports = `@${portsOf(region)}`;
    const number = placeNumber(region);
    return [
      `  chain cut_${number} {`,
      `    ip saddr ${network} ip daddr ${network} accept`,
      `    ip saddr 127.0.0.1 tcp sport ${ports} ip daddr ${network} accept`,
      `    ip saddr ${network} ip daddr 127.0.0.1 tcp dport ${ports} accept`,
      '    # From inside out, from outside in, and the answers from outside to clients inside.',
      `    ip saddr ${network} counter drop`,
      `    ip daddr ${network} counter drop`,
      `    meta skgid ${groupIdOf(slot, region)} counter drop`,
      `    ip daddr 127.0.0.1 tcp dport ${ports} counter drop`,
      '    # A killed process leaves its sockets to the kernel, which has no group for them and goes on sending: a machine',
      '    # that is lost takes its buffers with it.',
      `    ip saddr 127.0.0.1 tcp sport ${ports} counter drop`,
      '  }',
    ];
  });
  const own = REGIONS.map((region) => `  chain cut_${placeNumber(region)} {\n  }`).join('\n');
  return [
    `table ip ${table} {`,
    own,
    '}',
    `flush chain ip ${table} cuts`,
    ...REGIONS.map((region) => `flush chain ip ${table} cut_${placeNumber(region)}`),
    ...(rules.length > 0 ? [`table ip ${table} {`, ...rules, '}'] : []),
    ...cut.map((region) => `add rule ip ${table} cuts jump cut_${placeNumber(region)}`),
    ...paths.flatMap(({ from, to }) => [
      `add rule ip ${table} cuts ip saddr ${from} ip daddr ${to.address} tcp dport ${to.port} counter drop`,
      `add rule ip ${table} cuts ip saddr ${to.address} ip daddr ${from} tcp sport ${to.port} counter drop`,
    ]),
    '',
  ].join('\n');
}
