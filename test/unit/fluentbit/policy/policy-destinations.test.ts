import { describe, expect, it } from 'vitest';
import { completePolicy } from '../../../../hooks/fluentbit/policy/complete-policy.ts';
import { destinationFault, entryFault } from '../../../../hooks/fluentbit/policy/destinations.ts';
import { hostsOf } from '../../../../hooks/fluentbit/version/plugins/destination-properties.ts';
import { hostsIn } from '../../../../hooks/fluentbit/version/plugins/hosts.ts';

const byDefault = completePolicy().destinations;

describe('the default destinations', () => {
  it.each([
    ['loopback', '127.0.0.1'],
    ['another loopback', '127.8.9.10'],
    ['with a dot at the end', '127.0.0.1.'],
    ['two parts', '127.1'],
    ['three parts', '127.0.1'],
    ['decimal', '2130706433'],
    ['octal', '0177.0.0.1'],
    ['octal, many zeros', '00000177.0.0.01'],
    ['hexadecimal', '0x7f000001'],
    ['hexadecimal parts', '0x7F.0x0.0x0.0x1'],
    ['full-width digits', '１２７.0.0.1'],
    ['percent-encoded', '%31%32%37.0.0.1'],
    ['IPv6 loopback', '::1'],
    ['in brackets', '[::1]'],
    ['written out', '0:0:0:0:0:0:0:1'],
    ['mapped', '::ffff:127.0.0.1'],
    ['mapped, hexadecimal', '[::ffff:7f00:1]'],
    ['compatible', '::127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['metadata of AWS', '169.254.169.254'],
    ['metadata, decimal', '2852039166'],
    ['metadata, hexadecimal', '0xA9FEA9FE'],
    ['metadata, octal', '0251.0376.0251.0376'],
    ['metadata, mapped', '::ffff:a9fe:a9fe'],
    ['metadata of AWS over IPv6', 'fd00:ec2::254'],
    ['the same, written out', 'FD00:0EC2:0:0:0:0:0:0254'],
    ['metadata of Azure', '168.63.129.16'],
    ['metadata of Alibaba', '100.100.100.200'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['unspecified', '0.0.0.0'],
    ['unspecified, short', '0'],
    ['unspecified IPv6', '::'],
    ['multicast', '224.0.0.1'],
    ['multicast IPv6', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['a name', 'localhost'],
    ['a name in capitals', 'LOCALHOST'],
    ['a name with a dot at the end', 'localhost.'],
    ['the end of a name', 'a.localhost'],
    ['the metadata name of Google', 'metadata.google.internal'],
  ])('deny %s: %s', (_, host) => {
    expect(destinationFault(host, byDefault)).toMatch(/^is denied by /);
  });

  it.each([
    ['a name', 'logs.example.com'],
    ['a public address', '8.8.8.8'],
    ['a private address', '10.96.0.10'],
    ['a private IPv6 address', 'fd00::1'],
    ['a service of the cluster', 'loki.logging.svc.cluster.local'],
    ['a name that only ends alike', 'notlocalhost'],
    ['a name that begins alike', '127.0.0.1.example.com'],
    ['an octal number that is none', '0189.0.0.1'],
  ])('allow %s: %s', (_, host) => {
    expect(destinationFault(host, byDefault)).toBeUndefined();
  });
});

describe('lists', () => {
  it.each<[string, { allow?: string[]; deny?: string[] }, string, boolean]>([
    ['only a range: an address in it', { allow: ['10.0.0.0/8'] }, '10.1.2.3', true],
    ['only a range: another address', { allow: ['10.0.0.0/8'] }, '8.8.8.8', false],
    ['only a range: a name', { allow: ['10.0.0.0/8'] }, 'logs.example.com', false],
    ['only a name', { allow: ['logs.example.com'] }, 'Logs.Example.com.', true],
    ['the end of a name', { allow: ['*.example.com'] }, 'a.b.example.com', true],
    ['the end of a name is not the name', { allow: ['*.example.com'] }, 'example.com', false],
    ['a name that ends alike', { allow: ['*.example.com'] }, 'badexample.com', false],
    ['an address is no name', { allow: ['*.0.1'] }, '10.0.0.1', false],
    ['the more specific one counts: deny', { allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'] }, '10.1.0.1', false],
    ['the more specific one counts: allow', { allow: ['*', '127.0.0.1'], deny: [] }, '127.0.0.1', true],
    ['and for its neighbour not', { allow: ['*', '127.0.0.1'], deny: [] }, '127.0.0.2', false],
    ['everything does not open what is denied', { allow: ['*', '0.0.0.0/0', '::/0'] }, '::1', false],
    ['of two equal ones deny', { allow: ['10.0.0.0/8'], deny: ['10.0.0.0/8'] }, '10.0.0.1', false],
    ['names: the more specific one', { allow: ['a.svc'], deny: ['*.svc'] }, 'a.svc', true],
    ['names: the longer end', { allow: ['*.a.svc'], deny: ['*.svc'] }, 'x.a.svc', true],
    ['names: another', { allow: ['*', 'a.svc'], deny: ['*.svc'] }, 'b.svc', false],
    ['an IPv6 range', { allow: ['fd00::/8'] }, 'fd12::1', true],
    ['an IPv4 address in an IPv6 one', { allow: ['10.0.0.0/8'] }, '::ffff:10.0.0.1', true],
  ])('%s', (_, destinations, host, allowed) => {
    expect(destinationFault(host, completePolicy({ destinations }).destinations) === undefined).toBe(allowed);
  });

  it.each(['*', '10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '::/0', 'a', 'a_b.example.com', '*.example.com'])(
    'take %s',
    (entry) => expect(entryFault(entry)).toBeUndefined(),
  );

  it.each([
    '10.0.0.0/33',
    '10.0.0/24',
    '10.0.0',
    '0x7f.0.0.1',
    '2130706433',
    '::1/129',
    '::ffff:10.0.0.0/104',
    'a..b',
    '*.*.com',
    'a*',
    '*.10.0.0.1',
    'https://a.example.com',
    'a:443',
    '-a',
    '',
  ])('refuse %s', (entry) => expect(entryFault(entry)).toMatch(/^is no address/));
});

describe('texts lead to hosts', () => {
  it.each<[string, string[]]>([
    ['a.example.com', ['a.example.com']],
    ['https://a.example.com:8443/path?q=http://127.0.0.1', ['a.example.com']],
    ['https://[::1]:443/x', ['[::1]']],
    ['::1', ['::1']],
    ['http://user:pw@a.example.com/', ['a.example.com']],
    // Fluent Bit ends a host at the first colon, others begin it behind the @.
    ['http://169.254.169.254:80@a.example.com/', ['169.254.169.254', 'a.example.com']],
    ['http://a.example.com:80\\@127.0.0.1/', ['a.example.com']],
    ['http://a.example.com#@127.0.0.1/', ['a.example.com']],
  ])('%s', (text, hosts) => expect(hostsIn(text)).toEqual(hosts));

  it.each<[string, string, string, string[]]>([
    ['kafka', 'brokers', 'a:9092, [::1]:9092,PLAINTEXT://127.0.0.1:1', ['a', '[::1]', '127.0.0.1']],
    ['es', 'cloud_id', `x:${Buffer.from('169.254$169.254:443$k').toString('base64')}`, ['169.254.169.254']],
    ['es', 'cloud_id', 'x:bm90aGluZw==', []],
    ['http', 'host', '127.0.0.1', ['127.0.0.1']],
    ['http', 'oauth2.token_url', 'http://localhost/token', ['localhost']],
  ])('%s %s: %s', (plugin, property, text, hosts) => expect(hostsOf('output', plugin, property, text)).toEqual(hosts));
});
