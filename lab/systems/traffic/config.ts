/** HAProxy's configuration and its first state file, as text. Pure. */
import { hostPortOf, REGIONS, type Region } from '../../places.ts';
import { serviceEndpoints } from '../services/addresses.ts';
import { trafficAddresses } from './addresses.ts';

/** Ids are given, so that a state file means the same servers after every reload. */
export const BACKENDS = { items: 100, 'items-auto': 200 } as const;
const NORMAL_WEIGHT = 50;

export interface HaproxyPaths {
  readonly socket: string;
  readonly stateFile: string;
}

/**
 * Two front doors of the same service. `items`: only Lifeboat moves traffic between regions, so nothing checks,
 * redispatches or tries again elsewhere. `items-auto`: health checks and a backup server do.
 */
export function renderHaproxy(slot: number, paths: HaproxyPaths): string {
  const doors = trafficAddresses(slot);
  const behind = serviceEndpoints(slot);
  // It speaks from an address of its own, so that only its way to a region can be cut.
  const source = doors.items.address;
  const server = (region: Region, id: number, rest: string): string =>
    `  server ${region} ${hostPortOf(behind[region])} id ${id} weight ${NORMAL_WEIGHT} source ${source}${rest}`;
  return `# Written by the lab at every start; changes here are lost.
global
  nbthread 1
  maxconn 4000
  stats socket ${paths.socket} mode 600 level admin
  server-state-file ${paths.stateFile}
  hard-stop-after 5s
  log stdout format raw local0 notice

defaults
  mode http
  log global
  option dontlog-normal
  timeout connect 1s
  timeout client 30s
  timeout server 2s
  timeout queue 1s
  timeout http-request 5s
  retries 0
  load-server-state-from-file global

frontend items
  bind ${hostPortOf(doors.items)}
  default_backend items

backend items
  id ${BACKENDS.items}
  balance roundrobin
  no option redispatch
${REGIONS.map((region, index) => server(region, index + 1, '')).join('\n')}

frontend items-auto
  bind ${hostPortOf(doors.itemsAuto)}
  default_backend items-auto

backend items-auto
  id ${BACKENDS['items-auto']}
  balance roundrobin
  option redispatch
  retries 1
  option httpchk GET /health
  default-server inter 500ms fall 2 rise 2
${REGIONS.map((region, index) => server(region, index + 1, index === 0 ? ' check' : ' check backup')).join('\n')}

frontend stats
  bind ${hostPortOf(doors.stats)}
  stats enable
  stats uri /
  stats refresh 2s
`;
}

const COLUMNS =
  'be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight ' +
  'srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state ' +
  'bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr ' +
  'srv_agent_addr srv_agent_port';

/** The state of a new lab: equal shares, nothing drained. The format is what `show servers state` prints (version 1). */
export function renderFirstState(slot: number): string {
  const rows = Object.entries(BACKENDS).flatMap(([backend, backendId]) =>
    REGIONS.map((region, index) => {
      const { address, port } = serviceEndpoints(slot)[region];
      const checked = backend === 'items-auto' ? '6 3 4 6' : '1 0 2 0';
      const weights = `${NORMAL_WEIGHT} ${NORMAL_WEIGHT}`;
      return `${backendId} ${backend} ${index + 1} ${region} ${address} 2 0 ${weights} 1 ${checked} 0 1 1 - ${port} - 0 0 - - 0`;
    }),
  );
  return `1\n# ${COLUMNS}\n${rows.join('\n')}\n`;
}
