import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SqliteFile } from '../../../../hooks/sidecar/positions/sqlite-file.ts';

const content = (base64: string) => gunzipSync(Buffer.from(base64.replaceAll(/\s/g, ''), 'base64'));

/*
 * Written by SQLite 3.40 with pages of 512 bytes: the table of tail with 60 rows, inodes of the first ten as below, those
 * of the others 1000 and more, all of it in the file; then, in the log, row 60 deleted and one with inode 4242 added.
 */
const file = content(`
H4sIAAAAAAACA+3WX0xbVRzA8d/pPcAtjMEGW9lg42yolP2h5V8pw5iCdooiIrYKD6aWcRmNQLu2UzQxNOoDD0Z58IEHY3gwkbgHSYxx6oNL9jASY1x8
MIuJhkyjPPgw/2yiU+c9Pza4v2j6m9EXIyfpTXvaD/fPt/eUhx7sTWQtNZpMT8SzqgVc4HJBSCkA+ylACWwM/Vo6Xgvghwsaj4lSfPIqiLftzd8az1a6
ijz19eK549n48LiVmIxl44nx2Ghi3MqQF8adA+GuSFhFurp7w4q8pbxKJUYUjp6+SPju8IDqH+i5v2tgSN0XHjqk1GR8wtLvRsKDEdX3gP2I9vba88nR
0YyVXVf2TGIyOWIp58yxtBXPWiOOmXQy65xRd4WPdkV7I8q//hdjE/H041aa/0Qsk3ja+vPHGnpEocfjERm8KMnsmJXGjYtcBJxS3sTIX5/1FJ5uQ+mN
spvjfzkK7EeR+Fw/LRFXxRXxnfhWfCMurk1tjv/6KA7aG7ff3phenVov7IVVOny5Xs5Nff+b0A3iIzEnhsVBuAzvwbQ9cdOj03RD1FUoTdP0PRFP+8aT
x32p5EjGlxlLpmJPWsOH22MnffFUyudvtN+rHgxdh4nou9BRpHFBHhxwYk9KbNBCjrY5acUMQO46bS3QVOShrU5aNn9NqzaplSuPanGqktOQw50Z3M6a
nazo/LRWLS6t3HlUk1MZKxo1CRuZZh7kdyJN1voHQZwVM6JfVMEyLEAKglz1QLkbHsl7MZrI5T8yZ/yk9xcoYx259oFF4wq6rawjV795ybiMrpR15PI3
Lhs/otvCOhLgwKrxA7oS1pEG9eXG9/htLua+zR1OVuedvqaHpp1u7gYMOmltKOe4Adf6h0AsiVkxKBSswCJMQehm7/5AFXe+zaTL0AUDDzrgYR3pEr1k
/I5uJ+tIlwHT+A3dDtaRLn3K+BVdJduThLk3aFxFV8E6UuVov/ELuu2sI8tp95jxM7ptrCMr6R05Y/Vf6a+4/baQHk9VySI83lrWkR4n/bIQ3V62I+lx
4h5ZgG4P60iPicekRFfDOtIjMSUNdNWsIz2sWelCt5t1ZF2NL0iBbhfryLr66BnpuP87dP+XxMNiD3wFpyBtT3Cj3Wvv0MgbkISAuUFZpvfYXs9CUgJe
TsmtCG9jIUkBszOyFOGtLCQt4IV5uQXhLSwkMWDmtCxBWMdCUgOePy+LEe5nIVlOIbci3dh/H3s/kfX0Gft/P/L7f068KKKiBr6EN+AE//vf7ucOtJXG
eGdOevAMfSykMd5alDsRNrKQxnhzSe5AeJiFNMapZVmJ8BALaYzXV2UFwoMsJDHgtXK5HeEBFpLVFOa9chvCBhaS5RReCcnyf9Q/yO2wjdb49IKsxSNt
ZyGt8ckluRdhgIW0xsem3IOwjYW0xodK1iBsZSGtcS4oqxG2sJDWONsvdyNsZjPSRfWDMbkLYRML6aL6fk5W3egv7ezr/TfHxnf8djYjrfH1lKzDGp0s
pDUuzsr9CI+wkK6qXyzIfQg7WEhX1c/OSKXhH6oyCE8AFgAA
`);
const log = content(`
H4sIAAAAAAACAzOvZ2ti0H0kwcDAxAAEjOEFUvW9GSu+hjwtzmJO3zwHKMYNwjBxj8f1uTyG367yAgWZGUMZGI8z9jGGMsowjAJkYEmWLnNrToZwZiYW
Dg4O/bLEIv2c/HT9gvyUYv3ijPyC+PLUJF1Ti/hS/cSCAn0DPaAkw6MJLEqZoTsZzK0IajRH0XhvBYsiWKMlQY1mKBpvHWBRAGlETxc3QtUWilvz3gOl
CxZGZ1i6cB5NCiSnCwEbTgZRRiYOUJzkpZazCkwaQukCAC0qMNpQBAAA
`);

const inodes = (from: SqliteFile) => from.rows('in_tail_files').map(([, , , inode]) => inode);
const first = [0n, 1n, 127n, 128n, -1n, 2n ** 31n, 2n ** 40n, 2n ** 62n, -(2n ** 63n), 2n ** 47n - 1n];
const rest = Array.from({ length: 50 }, (_, index) => BigInt(1010 + index));

describe('a file of SQLite', () => {
  it('has rows on several pages', () => {
    expect(new Set(inodes(new SqliteFile(file)))).toEqual(new Set([...first, ...rest]));
    const [row] = new SqliteFile(file).rows('in_tail_files').filter(([, , , inode]) => inode === 128n);
    expect(row?.map(String)).toEqual([
      'null',
      '/var/log/pods/shop_web-3_u/app/0.log',
      '3000',
      '128',
      '1767225600',
      '0',
      '0',
      '0',
    ]);
  });

  it('is read together with its log', () => {
    expect(new Set(inodes(new SqliteFile(file, log)))).toEqual(new Set([...first, ...rest.slice(0, -1), 4242n]));
  });

  it('ignores what is not finished in the log, and what is of an earlier round', () => {
    const before = new Set([...first, ...rest]);
    for (const cut of [0, 20, 40, log.length - 1]) {
      const found = new Set(inodes(new SqliteFile(file, log.subarray(0, cut))));
      expect(found.has(4242n)).toBe(false);
      expect([...before].filter((inode) => !found.has(inode)).length).toBeLessThan(2);
    }
    const other = Buffer.from(log);
    other.fill(7, 16, 24);
    expect(new Set(inodes(new SqliteFile(file, other)))).toEqual(before);
  });

  it('has no rows of a table that is not there', () => {
    expect(new SqliteFile(file).rows('nothing')).toEqual([]);
    expect(new SqliteFile(file).rows('other')).toEqual([]);
  });

  it('that is broken throws, and never goes on for ever', () => {
    expect(() => new SqliteFile(Buffer.from('no database'))).toThrow();
    expect(() => new SqliteFile(Buffer.alloc(0))).toThrow();
    for (let at = 0; at < file.length; at += 7) {
      for (const byte of [0x00, 0x0d, 0x05, 0xff]) {
        const broken = Buffer.from(file);
        broken[at] = byte;
        try {
          expect(new SqliteFile(broken).rows('in_tail_files').length).toBeLessThan(5000);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }
    }
  });
});
