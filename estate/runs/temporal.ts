/** The Temporal service that remembers the runs. */
import { z } from 'zod';
import { section } from '../file/section.ts';
import { secretReference, text } from '../file/shapes.ts';

const tls = z
  .strictObject({
    authority: text('filePath')
      .exactOptional()
      .describe("The file of the authority's certificate, if it is not a public one."),
    certificate: text('filePath').describe("The file of this side's certificate."),
    key: secretReference("The key of this side's certificate."),
    serverName: text('host').exactOptional().describe('The name in the server certificate, if it is not the address.'),
  })
  .describe('Mutual TLS; required wherever others can reach the address.');

const schema = z
  .strictObject({
    address: text('hostPort').describe('The frontend, as host:port.'),
    namespace: text('datacentre').default('default').describe('The namespace.'),
    tls: tls.exactOptional(),
  })
  .describe('The Temporal service that remembers the runs.');

export type Temporal = z.output<typeof schema>;

export const temporal = section({ schema });
