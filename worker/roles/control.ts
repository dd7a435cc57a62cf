/**
 * The control worker: workflows, planning, permits, the lease and reads of health. It holds the permit signer's key and
 * no credential that could change the estate.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Worker } from '@temporalio/worker';
import { createCassandraSteps } from '../../activities/cassandra/index.ts';
import { defineActivities } from '../../activities/define-activities.ts';
import { failureInterceptor } from '../../activities/failures.ts';
import { memoryMarks } from '../../activities/fencing/marks.ts';
import { createLeaseActivities, readLease } from '../../activities/lease/index.ts';
import { createPlanActivities } from '../../activities/plan/index.ts';
import { createProofsSteps } from '../../activities/proofs/index.ts';
import { createRecordActivities } from '../../activities/record/index.ts';
import { createRunsImplementations } from '../../activities/runs/index.ts';
import { createServicesSteps } from '../../activities/services/index.ts';
import { controlQueue } from '../../estate/queues.ts';
import { createSecrets } from '../../host/secrets.ts';
import { refusal } from '../../kernel/errors.ts';
import { publicKeyOf } from '../../kernel/signing/keys.ts';
import { RUNBOOKS } from '../../runbooks/index.ts';
import { CONTRACTS } from '../../runbooks/steps/index.ts';
import { currentAttempt } from '../attempt.ts';
import { ControlConfig, readConfig, readEstate } from '../config.ts';
import { readsOf } from '../reads.ts';
import { connectClient, connectWorker, runUntilStopped } from '../temporal.ts';
import { workflowBundle } from '../workflow-bundle.ts';

/** A killed worker's workflows go on elsewhere after this (facts/temporal.md, "Performance"). */
const STICKY_TIMEOUT = '2s';

export async function runControl(configFile: string): Promise<void> {
  const config = await readConfig(ControlConfig, configFile);
  const { estate, digest } = await readEstate(config.estate);
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
  const base = dirname(resolve(config.estate));
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
    namespace: estate.temporal.namespace,
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
        signer: { publicKey, privateKey: () => privateKey },
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
