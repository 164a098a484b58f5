/** What was found, or done, about one thing that Sluice needs elsewhere. */
export interface SetupStep {
  readonly what: string;
  /**
   *   there     as it should be
   *   made      it was not there
   *   changed   something of it was missing or wrong
   *   wanted    it would be made, or changed
   *   skipped   not needed here
   *   lacking   somebody else has to do something first, and the note says what
   *   refused   it can't be looked at, made or changed, and the note says why
   */
  readonly outcome: 'there' | 'made' | 'changed' | 'wanted' | 'skipped' | 'lacking' | 'refused';
  readonly note: string;
}
