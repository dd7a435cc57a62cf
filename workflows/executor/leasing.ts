/** The scopes of a phase are acquired when it begins, all or nothing, and kept until the run ends (I3). */
import { asClause, type ErrorFacts } from '../../kernel/errors.ts';
import { factsIn } from './failures.ts';
import type { Run } from './run.ts';

function missingScopes(run: Run, phase: number): string[] {
  return (run.core().phases[phase]?.scopes ?? []).filter((scope) => run.state.epochs[scope] === undefined);
}

export function holdsPhase(run: Run, phase: number): boolean {
  return missingScopes(run, phase).length === 0;
}

/** Undefined when the phase may begin, else why it may not. Never waits for another holder. */
export function acquirePhase(run: Run, phase: number): Promise<ErrorFacts | undefined> {
  return acquire(run, missingScopes(run, phase));
}

/** As {@link acquirePhase}, of scopes that were given back while what they guard could not be taken back yet. */
export async function acquire(run: Run, scopes: readonly string[]): Promise<ErrorFacts | undefined> {
  const { state } = run;
  if (scopes.length === 0) return undefined;
  const { run: id, requester, estate } = state.request;
  try {
    const answer = await run.control(
      'lease.acquire',
      { estate, run: id, requester, scopes: [...scopes] },
      `Acquire ${scopes.join(', ')}`,
    );
    if (answer.granted) {
      Object.assign(state.epochs, answer.epochs);
      run.note({ kind: 'lease', id: '', say: `Holds ${scopes.join(', ')}` });
      return undefined;
    }
    if ('frozen' in answer) {
      return {
        type: 'frozen',
        message: `Runs are frozen by ${answer.frozen.by}: ${asClause(answer.frozen.reason)}.`,
        where: state.request.estate,
        mend: 'Thaw them with `lifeboat thaw runs`, or wait.',
        retryable: true,
      };
    }
    if ('taken' in answer) {
      return {
        type: 'taken-over',
        message: `${answer.taken.by} took its scopes over: ${asClause(answer.taken.reason)}.`,
        where: scopes.join(', '),
        mend: 'Abort this run: it gets no scope again, and takes nothing back that is not its own any more.',
        retryable: false,
      };
    }
    return {
      type: 'scope-held',
      message: `${answer.scope} is held by ${answer.holder.run}, started by ${answer.holder.requester}.`,
      where: answer.scope,
      mend: `Follow that run with \`lifeboat status ${answer.holder.run}\`; this one changed nothing for it. One that will never go on is taken over with \`lifeboat take-over\`.`,
      retryable: true,
    };
  } catch (error) {
    return factsIn(error);
  }
}

/** Whether a call was refused because the scope is another run's now: trying again can never help (I3). */
export function isLost({ type }: ErrorFacts): boolean {
  return type === 'fenced-off' || type === 'taken-over';
}

/** Gives back what a run that takes itself back guards no more; what could not be given back is so at the end. */
export async function releaseOthers(run: Run, needed: ReadonlySet<string>): Promise<void> {
  const { state } = run;
  const scopes = Object.keys(state.epochs).filter((scope) => !needed.has(scope));
  if (scopes.length === 0) return;
  const { run: id, estate } = state.request;
  try {
    await run.control('lease.release', { estate, run: id, scopes }, `Release ${scopes.join(', ')}`);
    for (const scope of scopes) delete state.epochs[scope];
    run.note({ kind: 'lease', id: '', say: `Released ${scopes.join(', ')}` });
  } catch (error) {
    factsIn(error);
  }
}

/** Gives everything back; a release that fails is not waited for, because a closed run's scopes are reaped. */
export async function releaseAll(run: Run): Promise<void> {
  const { state } = run;
  if (Object.keys(state.epochs).length === 0) return;
  try {
    await run.control('lease.release', { estate: state.request.estate, run: state.request.run }, 'Release all scopes');
    run.note({ kind: 'lease', id: '', say: 'Released all scopes' });
  } catch (error) {
    run.note({
      kind: 'note',
      id: '',
      say: `The scopes were not released (${asClause(factsIn(error).message)}); they are reaped when needed.`,
      outcome: 'failed',
    });
  }
}
