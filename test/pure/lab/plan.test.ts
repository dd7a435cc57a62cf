/** The addresses of the systems: what would make two labs, two systems, two nodes or two regions meet. */
import { describe, expect, it } from '@jest/globals';
import { groupIdOf, hostPortOf, MAX_SLOT, networkOf, REGIONS } from '../../../lab/places.ts';
import { nodesOf } from '../../../lab/systems/cassandra/addresses.ts';
import { SYSTEMS } from '../../../lab/systems/index.ts';
import { serviceEndpoints } from '../../../lab/systems/services/addresses.ts';

function endpointsOf(slot: number): string[] {
  return SYSTEMS.flatMap((system) => system.endpoints(slot)).map(hostPortOf);
}

describe('the address plan', () => {
  it('gives no endpoint twice, over all slots', () => {
    const all = Array.from({ length: MAX_SLOT + 1 }, (_, slot) =>
      SYSTEMS.flatMap(({ name, endpoints }) => endpoints(slot).map((one) => ({ name, endpoint: hostPortOf(one) }))),
    ).flat();
    const owners = Map.groupBy(all, ({ endpoint }) => endpoint);
    const shared = [...owners].filter(([, mine]) => mine.length > 1);
    const met = shared.map(([endpoint, mine]) => `${endpoint} is of ${mine.map(({ name }) => name).join(' and ')}`);
    const told = `${met[0]}. Taken are: ${[...new Set(endpointsOf(0))].join(', ')}`;
    expect(met.length === 0 ? '' : told).toBe('');
    expect(all.length).toBeGreaterThan(MAX_SLOT);
  });

  it('stays in loopback and below the ports that the kernel gives away', () => {
    for (const endpoint of [...endpointsOf(0), ...endpointsOf(MAX_SLOT)]) {
      const [address = '', port = ''] = endpoint.split(':');
      expect(address).toMatch(/^127\.(\d|[1-9]\d|1[01]\d)\.\d+\.\d+$/);
      expect(Number(port)).toBeLessThan(32_768);
    }
  });

  it('puts every address of a region into its network', () => {
    for (const region of REGIONS) {
      const prefix = networkOf(7, region).replace('0/24', '');
      expect(serviceEndpoints(7)[region].address.startsWith(prefix)).toBe(true);
      expect(nodesOf(7, region).map((node) => node.address)).toEqual([11, 12, 13].map((host) => `${prefix}${host}`));
    }
  });

  it('gives each place of each slot a group of its own', () => {
    const groups = Array.from({ length: MAX_SLOT + 1 }, (_, slot) =>
      (['outside', ...REGIONS] as const).map((place) => groupIdOf(slot, place)),
    ).flat();
    expect(new Set(groups).size).toBe(groups.length);
  });

  it('gives every token to one node, within the range of Murmur3, evenly in each datacentre', () => {
    const tokens = nodesOf(0).flatMap((node) => node.tokens.map(BigInt));
    expect(new Set(tokens).size).toBe(24);
    expect(tokens.every((token) => token >= -(2n ** 63n) && token < 2n ** 63n)).toBe(true);
    for (const region of REGIONS) {
      const ring = nodesOf(0, region)
        .flatMap((node) => node.tokens.map((token) => ({ token: BigInt(token), name: node.name })))
        .sort((left, right) => (left.token < right.token ? -1 : 1));
      const owners = ring.map((entry) => entry.name);
      // Neighbours are different nodes, so that a range's three replicas are the three nodes.
      expect(owners.every((name, index) => name !== owners[(index + 1) % owners.length])).toBe(true);
      const gaps = ring.slice(1).map((entry, index) => entry.token - (ring[index]?.token ?? 0n));
      expect(gaps.every((gap) => gap - 2n ** 64n / 12n <= 1n)).toBe(true);
    }
  });
});
