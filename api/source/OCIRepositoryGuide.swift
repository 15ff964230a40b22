extension OCIRepository {
    /// What the reference page says beyond the fields.
    static let guide = #"""
        ## Whom to trust

        A revision is taken only if all of this holds, and nothing of it is fetched before:

        1. `spec.verify`, where it is there;
        2. `spec.verify.policy`, where it is there;
        3. every [VerificationPolicy](../sluice/verificationpolicy.md) of the object's namespace that covers its \#
        repository;
        4. every [ClusterVerificationPolicy](../sluice/clusterverificationpolicy.md) that covers its repository.

        So a namespace can tighten what the cluster sets, and loosen nothing. Where none of the four is there, \#
        nobody is asked to
        have signed anything, and no condition claims it.

        | `provider` | fields | who has to have signed |
        |---|---|---|
        | `cosign` | `secretRef` | the holder of one of the Secret's `*.pub` keys |
        | `cosign` | `matchOIDCIdentity` | somebody whose certificate names one of these issuers and subjects |
        | `cosign` | `anyIdentity: true` | anybody to whom the trusted root's authorities gave a certificate |
        | `cosign` | `policy` alone | whoever the policy names |
        | `notation` | `secretRef` | whoever the Secret's `trustpolicy.json` trusts for this repository |

        **Keys** may be of ECDSA (P-256, P-384, P-521), RSA (2048 to 16384 bits) or Ed25519. cosign 3 signs with an
        Ed25519 key in the pre-hashed form (Ed25519ph), which neither cosign itself nor Sluice takes for a signature
        of that key: use one of another kind there.

        **Identities.** `issuer` and `subject` are regular expressions in RE2's syntax, and each has to match the \#
        whole text:
        `^https://github\.com/acme/.*$` and `https://github\.com/acme/.*` mean the same. Flux searches for them \#
        anywhere in the text,
        so an expression without `^` and `$` that relied on that has to say `.*` now. An empty list is refused; \#
        Flux takes it
        for everybody.

        **The trusted root** of signatures without keys says which authorities, logs and timestamping services \#
        count. It comes
        from `trustedRootSecretRef`, or else from the controller: `--sigstore-trusted-root FILE`, \#
        `--sigstore-tuf-root DIR` (a
        mounted TUF repository) or that with `--sigstore-tuf-mirror URL`. Nothing else is asked, and nothing on \#
        the public internet.
        The certificate has to have been valid when the signature is proven to have been made, by a log's signed \#
        entry or a
        timestamp. A signature that is proven to be of the future, by more than five minutes, does not count: the \#
        clock is wrong.

        **A TUF repository of its own.** In place of `trusted_root.json` the Secret can hold `mirror`, the URL of a \#
        TUF repository, and
        `root.json`, the root that trust in it begins with. The target `trusted_root.json` is fetched from there, and \#
        looked at again
        each hour. The repository is reached by the object's `proxySecretRef`, and with the authorities of its \#
        `certSecretRef` (never with
        the client's certificate); `address`, `username`, `password` and `ca.crt` in the Secret itself go before. \#
        For a Secret that a
        VerificationPolicy names, only its own entries count. What was trusted is kept in `.sigstore` below the \#
        storage folder, for each
        namespace, URL and `root.json` apart: nobody can show an older state later, also after a restart, as long as \#
        that folder lasts.
        Another `root.json` begins anew.

        **Transparency logs.** Signatures without keys have to be in a log of the trusted root. Those with keys \#
        are not
        looked up in any, as in Flux, unless `transparencyLog` is `required`.

        **notation.** The Secret holds `trustpolicy.json` and certificates (`*.crt`, `*.pem`). As in Flux they \#
        belong to every trust
        store that the policy names; a name such as `ca.acme.crt` or `truststore/x509/ca/acme/root.crt` says to \#
        which one instead.
        `*.crl` entries are revocation lists. What the levels `skip` and `audit` let pass is fetched, and the \#
        condition
        `SourceVerified` is `Unknown` with the reason `VerificationNotEnforced`; `requireVerified: true` refuses it.

        ## When trust changes

        The Secrets that are named here or in policies, the policies themselves and the controller's trusted root \#
        are watched. A
        change wakes the sources that it touches at once, whatever their interval is. The stored artifact is then \#
        held against what
        counts now; no other download is needed for that. Where it does not hold, or where that cannot be told (a \#
        Secret is gone, a
        policy cannot be read, a root cannot be used), `SourceVerified` is not `True` any more, `Ready` is \#
        `False`, and
        `status.observedTrustPolicy` is empty: the artifact is not offered as verified. Its file stays in the \#
        store and under its
        URL, since what runs is not torn down by a key that rotates; nothing new is published until a revision passes.

        A suspended source is not fetched, but held against what counts now all the same: where that does not hold, \#
        `SourceVerified`
        becomes `False`, and nothing else of its status changes. It is verified anew once it is resumed.

        A controller that has just started touches no source before it has listed the policies.

        ## Verdicts

        | condition | reason | meaning |
        |---|---|---|
        | `SourceVerified=True` | `Succeeded` | Everything that has to hold holds. The message names the signers: \#
        a key by its entry in the Secret, an identity with its issuer, a certificate by its subject. |
        | `SourceVerified=False` | `VerificationError` | A revision was refused, or whom to trust cannot be told. \#
        The message begins with `failed to verify the signature using provider '…'` where no signature counts, \#
        names each signature that was looked at with the reason why it does not count, and names the policy where \#
        one cannot be enforced. What is stored stays. |
        | `SourceVerified=False` | `WaitingForPolicy` | The first revision is not taken before its time, by a \#
        policy's `minimumAge` or `freezeWindows`. |
        | `SourceVerified=Unknown` | `VerificationNotEnforced` | notation's level `skip` or `audit` let the \#
        revision pass, or the policies ask for an age or a digest and for nobody's signature: nothing is proven. \#
        An event of type Warning says so once for each revision. |
        | `SourceVerified=Unknown` | `VerificationPending` | Whom to trust has changed, and the registry does not \#
        answer: what is stored has not been looked at since. |
        | `SourceVerified` absent | | Nobody asks for a signature. |
        | `RevisionHeld=True` | `WaitingForPolicy` | The registry has a revision that is not taken before the time \#
        that the message names; then it is looked at again. What is stored stays in its place, and stays `Ready` \#
        as long as it is trusted itself. |
        | `Stalled=True` | `InvalidSpec` | Fields contradict each other, or a required one is missing; the message \#
        names it. Only a change of the spec helps. |

        Signatures are looked for once for each revision: under cosign's tag `sha256-….sig`, and among the \#
        referrers of the
        revision as Sigstore bundles and notation's envelopes. Those of the index count where the tag names an \#
        index. A registry
        that cannot tell which signatures there are decides nothing: the revision is not taken, and it is tried again.

        ## Other conditions

        | condition | reasons |
        |---|---|
        | `Ready` | `Succeeded`, or the reason of whatever is wrong |
        | `Reconciling` | `ProgressingWithRetry` while something failed and is tried again; `WaitingForPolicy` |
        | `Stalled` | `URLInvalid`, `InvalidSpec`, `FeatureGateDisabled` |
        | `FetchFailed` | `AuthenticationFailed`, `ReadOperationFailed`, `OCIArtifactPullFailed`, \#
        `OCIArtifactLayerOperationFailed` |
        | `StorageOperationFailed` | `ArchiveOperationFailed` |
        | `ArtifactInStorage` | `Succeeded` |
        | `ArtifactOutdated` | `NewRevision` |
        """#
}
