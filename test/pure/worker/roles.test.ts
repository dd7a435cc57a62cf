/**
 * Failure modes pinned: a step that no process serves, because its system's factory was forgotten in a role. Nothing else
 * tells: its task would wait on a queue whose worker does not know it.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { controlQueue } from '../../../estate/queues.ts';
import { createSecrets } from '../../../host/secrets.ts';
import { CONTRACTS } from '../../../runbooks/steps/index.ts';
import type { Role } from '../../../worker/role.ts';
import { stepsByQueue } from '../../memory-estate/agents.ts';
import { exampleEstate } from '../estate/estate-fixture.ts';

const estate = exampleEstate('lab');
const folder = new URL('../../../worker/roles/', import.meta.url);
const roles: readonly Role[] = await Promise.all(
  readdirSync(folder).map(async (file) => (await import(new URL(file, folder).href)).role),
);

/** Names of the steps that a role's systems implement. What only an open process has is not asked for before a step is. */
function stepsOf({ systems }: Role): readonly string[] {
  const dependencies = { estate, folder: '/estate', secrets: createSecrets({ folder: '/estate' }), canaries: {} };
  return systems.flatMap((system) => Object.keys(system(dependencies as never)));
}

const reading = stepsByQueue(estate).get(controlQueue(estate)) ?? [];

describe('the systems of the roles', () => {
  it.each(CONTRACTS)('serve $name', ({ name, effect }) => {
    const onControl = reading.includes(name);
    const fitting = roles.filter((role) => {
      return onControl === (role.name === 'control worker') && (effect === 'read' || role.changes !== null);
    });
    const place = onControl ? 'worker/roles/control.ts' : 'worker/roles/agent.ts, or another role with durable marks';
    const mend = `add the factory of ${name} to \`systems\` in ${place}`;
    expect(fitting.some((role) => stepsOf(role).includes(name)) ? 'served' : mend).toBe('served');
  });

  it('are those of every kind of process', () => {
    expect(roles.map(({ name }) => name)).toEqual(expect.arrayContaining(['agent', 'canary', 'control worker']));
  });
});
