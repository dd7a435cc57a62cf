/** Watches I2 from outside the wrapper: every effect was made under a permit that fits it, checked here by itself. */
import { nativeVerify } from '../../../host/native-ed25519.ts';
import { checkPermit } from '../../../kernel/authority/permit.ts';
import { SIGNER } from './people.ts';
import type { Around, Stage } from './stage.ts';

interface Sent {
  readonly permit: unknown;
  readonly args: never;
  readonly name: string;
}

interface Numbered {
  readonly stepId: string;
  readonly direction: string;
  readonly epoch: number;
  readonly seq: number;
}

const keyOf = ({ stepId, direction, epoch, seq }: Numbered): string => `${direction}/${stepId}/${epoch}/${seq}`;

/** @param broken gets a sentence for each effect that nobody had permitted */
export function watchPermits({ world, digests }: Pick<Stage, 'world' | 'digests'>, broken: string[]): Around {
  const sent = new Map<string, Sent>();
  world.watchers.push(({ run, stepId, direction, fence, at }) => {
    const call = sent.get(keyOf({ stepId, direction, epoch: fence.epoch, seq: fence.seq }));
    if (!call) {
      broken.push(`I2: ${direction} ${stepId} had an effect that no call asked for`);
      return;
    }
    const { scope, epoch } = fence;
    const use = { estateDigest: digests.agents, run, stepId, direction, scope, epoch, now: at };
    try {
      checkPermit(
        call.permit,
        { ...use, call: { step: call.name, args: call.args } },
        [SIGNER.publicKey],
        nativeVerify,
      );
    } catch (error) {
      broken.push(`I2: ${direction} ${stepId}: ${String(error)}`);
    }
  });
  return async ({ name, input }, next) => {
    const { stepId, direction, fence, permit, args } = (input ?? {}) as {
      stepId?: string;
      direction?: string;
      fence?: { epoch: number; seq: number } | null;
      permit?: unknown;
      args?: never;
    };
    if (stepId && direction && fence && args) sent.set(keyOf({ stepId, direction, ...fence }), { permit, args, name });
    return next(input);
  };
}
