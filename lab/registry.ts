/** All servers of an instance, and what a name given by a person means: a target, a kind, or a region (all in it). */
import { refusal } from '../kernel/errors.ts';
import type { Instance } from './instance.ts';
import { isRegion, REGIONS } from './places.ts';
import { createCanaryServer } from './systems/canary/server.ts';
import { createCassandraServer } from './systems/cassandra/node.ts';
import { createBotServer } from './systems/lifeboat/bot.ts';
import { createTrafficAgent } from './systems/lifeboat/traffic-agent.ts';
import { CONTROL_TARGETS, createControlServer, createRegionAgent } from './systems/lifeboat/workers.ts';
import { createLoadServer } from './systems/load/server.ts';
import { createServiceServer } from './systems/services/server.ts';
import { createSlackServer } from './systems/slack/server.ts';
import type { LabServer } from './systems/system.ts';
import { createTemporalServer } from './systems/temporal/server.ts';
import { createHaproxyServer } from './systems/traffic/haproxy.ts';

/** In the order of starting; stopping goes the other way. */
export function allServers(instance: Instance): readonly LabServer[] {
  return [
    createTemporalServer(instance),
    createHaproxyServer(instance),
    createSlackServer(instance),
    ...instance.plan.nodes.map((node) => createCassandraServer(instance, node)),
    ...REGIONS.map((region) => createServiceServer(instance, region)),
    ...CONTROL_TARGETS.map((target) => createControlServer(instance, target)),
    ...REGIONS.map((region) => createRegionAgent(instance, region)),
    createTrafficAgent(instance),
    createCanaryServer(instance),
    createLoadServer(instance),
    createBotServer(instance),
  ];
}

/** The servers that a name means. Throws `lab-target` for a name that means nothing. */
export function serversNamed(servers: readonly LabServer[], name: string): readonly LabServer[] {
  const found = servers.filter((server) => server.target === name || (isRegion(name) && server.place === name));
  const ofKind = found.length > 0 ? found : servers.filter((server) => server.kind === name);
  if (ofKind.length > 0) return ofKind;
  throw refusal(
    'lab-target',
    `"${name}" names nothing in the lab`,
    name,
    `Use one of: ${[...REGIONS, ...servers.map((server) => server.target)].join(', ')}.`,
  );
}

/** Several names together, each server once, in the order of starting. */
export function serversChosen(servers: readonly LabServer[], names: readonly string[]): readonly LabServer[] {
  const chosen = new Set(names.flatMap((name) => serversNamed(servers, name)));
  return servers.filter((server) => chosen.has(server));
}
