/**
 * The control worker: workflows, planning, permits, the lease and reads of health. It holds the permit signer's key and
 * no credential that could change the estate.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { createCassandraSteps } from '../../activities/cassandra/index.ts';
import { createLeaseActivities, readLease } from '../../activities/lease/index.ts';
import { createPlanActivities } from '../../activities/plan/index.ts';
import { createProofsSteps } from '../../activities/proofs/index.ts';
import { createRecordActivities } from '../../activities/record/index.ts';
import { createRunsSteps, type RunsDependencies } from '../../activities/runs/index.ts';
import { createServicesSteps } from '../../activities/services/index.ts';
import { controlQueue } from '../../estate/queues.ts';
import { refusal } from '../../kernel/errors.ts';
import { publicKeyOf } from '../../kernel/signing/keys.ts';
import { RUNBOOKS } from '../../runbooks/index.ts';
import { ControlConfig } from '../config.ts';
import { role as define } from '../role.ts';
import { connectClient } from '../temporal.ts';

export const role = define<z.infer<typeof ControlConfig>, Pick<RunsDependencies, 'client'>>({
  name: 'control worker',
  config: ControlConfig,
  systems: [createServicesSteps, createCassandraSteps, createProofsSteps, createRunsSteps],
  changes: null,
  queues: (estate) => [controlQueue(estate)],
  workflows: true,
  async open({ config, estate, estateDigest, folder, secrets }) {
    const privateKey = (await readFile(config.signerKeyFile, 'utf8')).trim();
    const publicKey = publicKeyOf(privateKey);
    if (!estate.signers[config.signer]?.keys.includes(publicKey)) {
      throw refusal(
        'unknown-signer',
        `The key of ${config.signer} is not in the estate's signers.`,
        config.signerKeyFile,
        'Enter its public half under `signers` in the estate file, by review.',
      );
    }
    const client = await connectClient(estate, { folder, secrets });
    return {
      dependencies: { client },
      activities: {
        ...createPlanActivities({
          estate,
          estateDigest,
          runbooks: RUNBOOKS,
          clock: Date.now,
          lease: () => readLease(client, estate.name),
          signer: { publicKey, privateKey: () => privateKey },
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
