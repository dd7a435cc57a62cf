/**
 * Invented evidence for an example's scene, so that a planner can be shown without a running lab: what the contracts of
 * the probes say they would read there. Only documents and tests use it; a real plan is made from what real probes found
 * (I11).
 */
import type { Scene } from '../../estate/scene.ts';
import type { Estate } from '../../estate/schema.ts';
import { refusal } from '../../kernel/errors.ts';
import type { EvidenceMap } from '../../kernel/plan/evidence.ts';
import type { Call } from '../../kernel/plan/plan.ts';
import { CONTRACTS } from '../../runbooks/steps/index.ts';

/** Evidence for every probe. @throws LifeboatError `no-example` for a step whose contract has none yet. */
export function syntheticEvidence(
  estate: Estate,
  probes: { readonly [name: string]: Call },
  scene: Scene,
): EvidenceMap {
  return Object.fromEntries(
    Object.entries(probes).map(([name, { step, args, queue }]) => {
      const example = CONTRACTS.find((contract) => contract.name === step)?.example;
      if (!example) {
        throw refusal('no-example', `${step} has no \`example\``, 'runbooks/steps/', 'Give its contract there one.');
      }
      const value: unknown = example(args, estate, scene);
      const reason = `${step} gave no sign of life in time`;
      return [
        name,
        value === null ? { ok: false, reason, at: scene.now } : { ok: true, value, at: scene.now, by: queue },
      ];
    }),
  );
}
