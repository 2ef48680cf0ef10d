/** What sorting did, for metrics. Records of a batch that is tried again are told again. */
export interface SortingObserver {
  accepted(source: string, records: number): void;
  quarantined(source: string, reasonCode: string): void;
  /** A rule of severity WARNING was broken; the record was accepted. */
  warned(source: string, rule: string): void;
}
