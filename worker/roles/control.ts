/**
 * The control worker: workflows, planning, permits, the lease and reads of health. It holds the permit signer's key and
 * no credential that could change the estate.
 */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { createCassandraSteps } from '../../activities/cassandra/index.ts';
import { createLeaseActivities, readLease } from '../../activities/lease/index.ts';
import { createStanding } from '../../activities/lease/standing.ts';
import { createPlanActivities } from '../../activities/plan/index.ts';
import { createProofsSteps } from '../../activities/proofs/index.ts';
import { createRecordActivities } from '../../activities/record/index.ts';
import { createRunsSteps, pollersOf, type RunsDependencies } from '../../activities/runs/index.ts';
import { createServicesSteps } from '../../activities/services/index.ts';
import { controlQueue } from '../../estate/queues.ts';
import { RUNBOOKS } from '../../runbooks/index.ts';
import { ControlConfig } from '../config.ts';
import { role as define } from '../role.ts';
import { readSigner } from '../signer.ts';
import { connectClient } from '../temporal.ts';

export const role = define<z.infer<typeof ControlConfig>, Pick<RunsDependencies, 'client'>>({
  name: 'control worker',
  config: ControlConfig,
  systems: [createServicesSteps, createCassandraSteps, createProofsSteps, createRunsSteps],
  changes: null,
  queues: (estate) => [controlQueue(estate)],
  workflows: true,
  async open({ config, estate, estateDigest, folder, secrets }) {
    const signer = await readSigner(estate, config.signer, config.signerKeyFile);
    const client = await connectClient(estate, { folder, secrets });
    // The signer's name tells hosts apart whose names are the same, as those of containers may be: each has its own.
    const worker = `${config.signer}/${process.pid}@${hostname()}`;
    const file = { worker, digest: estateDigest, generation: estate.generation };
    const standing = createStanding({
      client,
      estate: estate.name,
      file,
      clock: Date.now,
      othersAnswer: async (but) =>
        (await pollersOf(client, controlQueue(estate))).some((identity) => !but.has(identity)),
    });
    return {
      vantage: config.region,
      sharing: { standing, file },
      // Of the client alone; the next one of a process that begins anew is its own.
      close: () => client.connection.close(),
      dependencies: { client },
      activities: {
        ...createPlanActivities({
          estate,
          estateDigest,
          runbooks: RUNBOOKS,
          clock: Date.now,
          lease: () => readLease(client, estate.name),
          signer,
        }),
        ...createLeaseActivities({
          client,
          reaped: (run, unfinished) =>
            process.stdout.write(
              `reaped the scopes of ${run}; not taken back: ${unfinished.join('; ') || 'nothing'}\n`,
            ),
        }),
        ...createRecordActivities({ folder: resolve(folder, estate.reports.location) }),
      },
    };
  },
});
