import type { Arm, EndpointRetired, ReleaseActivated, ReleaseHalted } from '@millrace/contracts';
import { chooseArm, compileInputCheck, type InputCheck } from '@millrace/onnx';

/** What every revision of one endpoint served, folded from `registry.releases.v1` and `registry.endpoints.v1`. */
export class RouteBook {
  private readonly revisions = new Map<number, ReleaseActivated>();
  private readonly checks = new WeakMap<Arm, InputCheck>();
  private readonly halts = new Set<number>();
  private retirement: EndpointRetired | null = null;

  /** A revision that is there already is a repeat after a crash: the first counts, as in the lanes. */
  activated(release: ReleaseActivated): void {
    if (!this.revisions.has(release.revision)) this.revisions.set(release.revision, release);
  }

  retired(event: EndpointRetired): void {
    this.retirement ??= event;
  }

  halted({ revision }: Pick<ReleaseHalted, 'revision'>): void {
    this.halts.add(revision);
  }

  /** Whether no model answered under this revision. */
  isHalt(revision: number): boolean {
    return this.halts.has(revision);
  }

  get isRetired(): boolean {
    return this.retirement !== null;
  }

  release(revision: number): ReleaseActivated | undefined {
    return this.revisions.get(revision);
  }

  /** The arm that a request with this key met. @param key record key, or the request id where it has none. */
  armOf(release: ReleaseActivated, key: string): Arm {
    return chooseArm(release.arms, release.salt, key);
  }

  checkOf({ inputChecks }: Pick<ReleaseActivated, 'inputChecks'>, arm: Arm): InputCheck {
    let check = this.checks.get(arm);
    if (!check) {
      check = compileInputCheck(arm.signature, inputChecks?.rules);
      this.checks.set(arm, check);
    }
    return check;
  }
}
