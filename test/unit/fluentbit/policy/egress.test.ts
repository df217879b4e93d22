import { describe, expect, it } from 'vitest';
import { deniedDestinations, destinationFault } from '../../../../hooks/fluentbit/policy/destinations.ts';
import { egressOf } from '../../../../hooks/fluentbit/policy/egress.ts';

/** What a policy says of destinations, and the blocks that its agents may send to. */
const cases: [name: string, allow: string[], deny: string[], blocks: Record<string, string[]>, pods: boolean][] = [
  ['everything', ['*'], [], { '0.0.0.0/0': [], '::/0': [] }, true],
  ['a name is anywhere', ['a.example.com'], [], { '0.0.0.0/0': [], '::/0': [] }, true],
  ['all but one', ['*'], ['10.1.0.0/16'], { '0.0.0.0/0': ['10.1.0.0/16'], '::/0': [] }, false],
  ['names are denied elsewhere', ['*'], ['*.example.com'], { '0.0.0.0/0': [], '::/0': [] }, true],
  ['one only', ['10.1.0.0/16'], [], { '10.1.0.0/16': [] }, false],
  ['an address', ['10.1.2.3'], [], { '10.1.2.3/32': [] }, false],
  ['host bits count for nothing', ['10.1.2.3/16'], ['10.1.9.9/24'], { '10.1.0.0/16': ['10.1.9.0/24'] }, false],
  ['equal ones are denied', ['10.0.0.0/8', '10.1.0.0/16'], ['10.0.0.0/8'], { '10.1.0.0/16': [] }, false],
  [
    'a hole in a hole',
    ['10.0.0.0/8', '10.1.2.0/24'],
    ['10.1.0.0/16', '10.1.2.128/25', '10.1.3.0/24'],
    { '10.0.0.0/8': ['10.1.0.0/16'], '10.1.2.0/24': ['10.1.2.128/25'] },
    false,
  ],
  ['IPv6', ['*'], ['fd00::/8', 'fd00:1::/32'], { '0.0.0.0/0': [], '::/0': ['fd00::/8'] }, false],
  ['nothing', [], ['10.0.0.0/8'], {}, false],
];

describe('the destinations of a policy, for the network', () => {
  it.each(cases)('%s', (_, allow, deny, blocks, pods) => {
    const found = egressOf({ allow, deny });
    expect(Object.fromEntries(found.blocks.map(({ cidr, except }) => [cidr, except]))).toEqual(blocks);
    expect(found.pods).toBe(pods);
  });

  it('leave out what no policy allows, and pods all the same', () => {
    const { blocks, pods } = egressOf({ allow: ['*'], deny: deniedDestinations });
    expect(pods).toBe(true);
    expect(blocks.find(({ cidr }) => cidr === '0.0.0.0/0')?.except).toEqual(
      expect.arrayContaining(['127.0.0.0/8', '169.254.0.0/16', '168.63.129.16/32']),
    );
    expect(blocks.find(({ cidr }) => cidr === '::/0')?.except).toEqual(
      expect.arrayContaining(['::1/128', 'fe80::/10', 'fd00:ec2::254/128']),
    );
  });

  it('agree with the check of literal addresses', () => {
    const value = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    const within = (cidr: string, address: string) => {
      const [base = '', prefix = '0'] = cidr.split('/');
      const size = 2 ** (32 - Number(prefix));
      return Math.floor(value(base) / size) === Math.floor(value(address) / size);
    };
    for (const [, allow, deny] of cases) {
      const { blocks } = egressOf({ allow, deny });
      for (const address of ['10.0.0.1', '10.1.2.3', '10.1.2.200', '10.1.3.1', '10.1.9.1', '10.9.9.9', '8.8.8.8']) {
        const open = blocks.some(
          ({ cidr, except }) =>
            !cidr.includes(':') &&
            within(cidr, address) &&
            !except.some((one) => !one.includes(':') && within(one, address)),
        );
        // A name lets its addresses through, whichever they are; the check of a literal one does not.
        const literal = destinationFault(address, {
          allow: allow.map((one) => (/^[a-z]/.test(one) ? '*' : one)),
          deny,
        });
        expect([address, open], JSON.stringify({ allow, deny })).toEqual([address, literal === undefined]);
      }
    }
  });
});
