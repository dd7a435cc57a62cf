/**
 * The control worker: workflows, planning, permits, the lease and reads of health. It holds the permit signer's key and
 * no credential that could change the estate.
 */
import { resolve } from 'node:path';
import { Worker } from '@temporalio/worker';
import { createCassandraSteps } from '../activities/cassandra/index.ts';
import { defineActivities } from '../activities/define-activities.ts';
import { failureInterceptor } from '../activities/failures.ts';
import { memoryMarks } from '../activities/fencing/marks.ts';
import { createLeaseActivities, readLease } from '../activities/lease/index.ts';
import { createPlanActivities } from '../activities/plan/index.ts';
import { createProofsSteps } from '../activities/proofs/index.ts';
import { createRecordActivities } from '../activities/record/index.ts';
import { createRunsImplementations } from '../activities/runs/index.ts';
import { createServicesSteps } from '../activities/services/index.ts';
import { controlQueue } from '../estate/questions.ts';
import { readConfig } from '../host/config.ts';
import { readEstate } from '../host/estate-file.ts';
import { createSecrets } from '../host/secrets.ts';
import { namespaceOf } from '../host/temporal.ts';
import { RUNBOOKS } from '../runbooks/index.ts';
import { CONTRACTS } from '../runbooks/steps/index.ts';
import { currentAttempt } from './attempt.ts';
import { ControlConfig } from './config.ts';
import { readsOf } from './reads.ts';
import { readSigner } from './signer.ts';
import { connectClient, connectWorker, runUntilStopped } from './temporal.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** A killed worker's workflows go on elsewhere after this (facts/temporal.md, "Performance"). */
const STICKY_TIMEOUT = '2s';

export async function runControl(configFile: string): Promise<void> {
  const config = await readConfig(ControlConfig, configFile);
  const { estate, digest, folder: base } = await readEstate(config.estate);
  const signer = await readSigner(estate, config.signer, config.signerKeyFile);
  const secrets = createSecrets({ folder: base });
  const [connection, client, codePath] = await Promise.all([
    connectWorker(estate, { folder: base, secrets }),
    connectClient(estate, { folder: base, secrets }),
    workflowBundle(),
  ]);
  const signers = Object.values(estate.signers).flatMap(({ keys }) => keys);
  const reads = defineActivities(
    CONTRACTS,
    readsOf(CONTRACTS, {
      ...createServicesSteps({ estate, secrets }),
      ...createCassandraSteps({ estate, secrets }),
      ...createProofsSteps(),
      ...createRunsImplementations(client, estate.name),
    }),
    {
      clock: Date.now,
      authority: { estate, estateDigest: digest, signers },
      marks: memoryMarks(),
      attempt: currentAttempt,
    },
  );
  const worker = await Worker.create({
    connection,
    namespace: namespaceOf(estate),
    taskQueue: controlQueue(estate),
    workflowBundle: { codePath },
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    shutdownGraceTime: '5s',
    interceptors: { activity: [failureInterceptor] },
    activities: {
      ...reads,
      ...createPlanActivities({
        estate,
        estateDigest: digest,
        runbooks: RUNBOOKS,
        clock: Date.now,
        lease: () => readLease(client, estate.name),
        signer,
      }),
      ...createLeaseActivities({
        client,
        reaped: (run, unfinished) =>
          process.stdout.write(`reaped the scopes of ${run}; not taken back: ${unfinished.join('; ') || 'nothing'}\n`),
      }),
      ...createRecordActivities({ folder: resolve(base, estate.reports.location) }),
    },
  });
  process.stdout.write(`control worker ready on ${controlQueue(estate)}\n`);
  await runUntilStopped([worker]);
}
