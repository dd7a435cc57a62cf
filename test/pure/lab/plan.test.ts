/** The address plan: what would make two labs, two nodes or two regions meet. */
import { describe, expect, it } from '@jest/globals';
import { addressPlan, groupIdOf, MAX_SLOT, networkOf, nodesOf, REGIONS } from '../../../lab/places.ts';

function endpointsOf(slot: number): string[] {
  const plan = addressPlan(slot);
  const { temporal, haproxy } = plan;
  const single = [plan.slack, plan.bot, plan.load, plan.canary, ...Object.values(plan.services)];
  const all = [...Object.values(temporal), ...Object.values(haproxy), ...single];
  return [...all.map(({ address, port }) => `${address}:${port}`), ...plan.nodes.map((node) => `${node.address}:9042`)];
}

describe('the address plan', () => {
  it('gives no endpoint twice, over all slots', () => {
    const all = Array.from({ length: MAX_SLOT + 1 }, (_, slot) => endpointsOf(slot)).flat();
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe((MAX_SLOT + 1) * 19);
  });

  it('stays in loopback and below the ports that the kernel gives away', () => {
    for (const endpoint of [...endpointsOf(0), ...endpointsOf(MAX_SLOT)]) {
      const [address = '', port = ''] = endpoint.split(':');
      expect(address).toMatch(/^127\.(\d|[1-9]\d|1[01]\d)\.\d+\.\d+$/);
      expect(Number(port)).toBeLessThan(32_768);
    }
  });

  it('puts every address of a region into its network', () => {
    const plan = addressPlan(7);
    for (const region of REGIONS) {
      const prefix = networkOf(7, region).replace('0/24', '');
      expect(plan.services[region].address.startsWith(prefix)).toBe(true);
      expect(nodesOf(plan, region).map((node) => node.address)).toEqual([11, 12, 13].map((host) => `${prefix}${host}`));
    }
  });

  it('gives each place of each slot a group of its own', () => {
    const groups = Array.from({ length: MAX_SLOT + 1 }, (_, slot) =>
      (['outside', ...REGIONS] as const).map((place) => groupIdOf(slot, place)),
    ).flat();
    expect(new Set(groups).size).toBe(groups.length);
  });

  it('gives every token to one node, within the range of Murmur3, evenly in each datacentre', () => {
    const { nodes } = addressPlan(0);
    const tokens = nodes.flatMap((node) => node.tokens.map(BigInt));
    expect(new Set(tokens).size).toBe(24);
    expect(tokens.every((token) => token >= -(2n ** 63n) && token < 2n ** 63n)).toBe(true);
    for (const region of REGIONS) {
      const ring = nodesOf(addressPlan(0), region)
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
