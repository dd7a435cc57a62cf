/**
 * What it means when a step of a runbook was left undone, or was not taken back, and the next command: by phase, because that
 * is what people can act on. It stands in a plan's view and is told at the end of its run.
 */
import type { Advice, PlanView } from '../../kernel/plan/plan.ts';
import { failbackInput } from '../inputs/failback.ts';
import { failoverInput } from '../inputs/failover.ts';

type ByPhase = NonNullable<PlanView['ifLeft']>;

const failover = (from: string, to: string | undefined): Required<Advice>['next'] => ({
  runbook: failoverInput.name,
  input: { from, ...(to === undefined ? {} : { to }) },
});

const failback = (region: string): Required<Advice>['next'] => ({ runbook: failbackInput.name, input: { region } });

export function failoverLeft(from: string, to: string): ByPhase {
  const again = failover(from, to);
  const withheld = {
    say: `${from} may come back and call itself healthy, and only the drain keeps requests away; when it answers, it is withheld by`,
    next: again,
  };
  return {
    room: {
      undone: { say: `${to} may be too small for all requests; look at its load; room is made by`, next: again },
      kept: { say: `${to} keeps more workers than it has as a rule; they are given back by`, next: failback(from) },
    },
    readmit: {
      undone: {
        say: `${to} reports itself unhealthy, and gets no requests where health is checked; readmit it by`,
        next: again,
      },
      kept: {
        say: `${to} stays in service though it was not repaired, and may answer with old data; it is kept out again by`,
        next: failover(to, from),
      },
    },
    shift: {
      undone: { say: `a part of the requests still goes to ${from}; it is moved by`, next: again },
      kept: {
        say: `requests stay where they were moved to by then; \`run failback region=${from}\` brings the usual shares back; the rest is moved to ${to} by`,
        next: again,
      },
    },
    withhold: {
      undone: withheld,
      kept: { say: `${from} stays withheld and reports itself unhealthy; it is brought back by`, next: failback(from) },
    },
    commit: { undone: { say: `nobody has seen that ${to} serves well; look at its requests` } },
    owed: { undone: withheld },
    prove: {
      undone: { say: 'nobody has read it back; when what failed is mended, it is proven by', next: again },
    },
  };
}

/**
 * @param repair whether the plan repairs before it readmits
 * @param to where its users are served now; undefined where nobody serves them
 */
export function failbackLeft(region: string, repair: boolean, to: string | undefined): ByPhase {
  const again = failback(region);
  const out = failover(region, to);
  return {
    withhold: {
      undone: {
        say: `${region} is stale and calls itself healthy, and only the drain keeps requests away; it is withheld by`,
        next: out,
      },
      kept: {
        say: `${region} stays withheld, as it was to be until it is repaired; it is brought back by`,
        next: again,
      },
    },
    repair: {
      undone: {
        say: `the repair is owed, and reads in ${region} may answer with old data until it is made by`,
        next: again,
      },
    },
    readmit: {
      undone: { say: `${region} reports itself unhealthy until it is readmitted by`, next: again },
      kept: {
        say: `${region} stays readmitted and calls itself healthy, so that only the drain keeps requests away${repair ? '; whether its repair came to its end, the plan of the next run says' : ''}; \`run failback region=${region}\` goes on to bring it back; it is kept out again by`,
        next: out,
      },
    },
    shift: {
      undone: { say: `${region} has not the share that it is to have; it gets that by`, next: again },
      kept: {
        say: `${region} keeps the requests that it had by then; \`run failback region=${region}\` goes on; all are moved away again by`,
        next: out,
      },
    },
    commit: { undone: { say: `nobody has seen that ${region} serves well; look at its requests` } },
    room: { undone: { say: 'more workers run than are needed as a rule; they are given back by', next: again } },
    prove: { undone: { say: 'nobody has read it back; when what failed is mended, it is proven by', next: again } },
  };
}
