import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFile } from '../../hooks/package-file.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';

let cluster: ControlPlane;
beforeAll(async () => {
  cluster = await startControlPlane();
}, 900_000);
afterAll(() => cluster?.stop());

describe('the CRDs', () => {
  it('install server-side', () => {
    expect(cluster.kubectl(['apply', '--server-side', '-f', packageFile('crds')])).toContain('serverside-applied');
  });
});
