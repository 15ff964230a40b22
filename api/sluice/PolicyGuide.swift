extension TrustFields {
    /// What the reference pages of both kinds say beyond the fields.
    static let guide = #"""
        ## What it does

        A policy covers the [OCIRepositories](../source/ocirepository.md) whose repository one of its patterns \#
        matches: those
        of its own namespace for a VerificationPolicy, those of every namespace for a ClusterVerificationPolicy. \#
        For each of them
        every policy that covers it has to hold, and its own `spec.verify` as well. There is no way to opt out of \#
        one, to
        rank them or to only audit: a namespace adds to what the cluster asks for, and takes nothing away.

        Patterns are compared with the repository as the registry's client sees it, so that another spelling of \#
        the host does
        not escape: case does not matter, default ports and zeros in front of a port are left out, an address is one \#
        address however
        its numbers are written, and Docker Hub is known by all of its names. Two names that lead to one registry by \#
        DNS alone stay
        two; name both. `*` matches within one segment, and `**` is a segment of its own that matches any number of \#
        segments:
        `ghcr.io/acme/**`, `registry.example.com:5000/*/app`, `**` for everything. A pattern shadows no other one: \#
        what two policies
        cover has to satisfy both.

        ## What it asks for

        **Authorities** vouch for a revision by a signature, or by `attestations`. Without `threshold` each of \#
        them has to; with it,
        so many, each by a signer of its own: whoever holds two keys of the list, or has signed twice, counts \#
        once. A policy
        without authorities asks for nobody's signature: it has to ask for something else, and nothing is called
        verified by it.

        - `cosign` with `secretRef` or `keys`: the holder of one of the keys. With `transparencyLog: required` the
          signature has to be in a log of the trusted root as well.
        - `cosign` with `identities`: a certificate that names an issuer and a subject. `issuer` and `subject` are \#
        compared exactly,
          `issuerRegExp` and `subjectRegExp` have to match the whole text. `anyIdentity: true` takes everybody whom \#
        the trusted
          root's authorities know; an empty list takes nobody. The signature has to be in a log of the root. With
          `transparencyLog: optional` a timestamp of one of the root's authorities is enough; one of the two has to \#
        prove when the
          certificate was used.
        - `notation` with `secretRef`: whoever the trust policy document in the Secret trusts. Its levels `skip` and \#
        `audit` let
          nothing pass here.

        **Secrets** of a VerificationPolicy lie in its own namespace. A ClusterVerificationPolicy names the \#
        namespace too.

        **Attestations** are in-toto statements about the revision, signed by the authority itself. \#
        `predicateType` has to
        be equal; `builder` and `source` are for SLSA provenance (`https://slsa.dev/provenance/v0.2` and `v1`):
        `https://github.com/acme/builders/**`, `github.com/acme/app@refs/tags/v*`, `github.com/acme/*#0123abcd*`. \#
        A source without
        `@` takes any reference; scheme, `.git` and default ports do not matter. `expressions` are CEL over \#
        `predicate` and
        `predicateType`, each of which has to be true. An expression that cannot be evaluated is not true.

        **minimumAge** counts from the moment at which a source first saw the revision, not from a date in the \#
        artifact that its
        author can choose. The source's status remembers it (`status.firstSeen`), so that a restart forgets \#
        nothing; a source
        that is made anew waits anew. While a controller runs, it believes its own memory, and writes the status \#
        again where
        somebody else has changed it. At its start the status is all there is: whoever may write the status of a \#
        source
        (`ocirepositories/status`, which no role for users grants) could make a revision older then. \#
        `sluice verify artifact
        --policy` keeps no record and takes the time from `--first-seen`.

        **annotations** have to be in what was signed (`cosign sign -a`, notation's user metadata), \#
        **manifestAnnotations** on \#
        the artifact's manifest. **signedFor** pins the repository that a signature was made for; without it, a \#
        mirror \#
        passes, as with cosign. Only signatures under cosign's tag say for which repository they were made: with \#
        `signedFor` a
        Sigstore bundle, an attestation and a signature of notation never count.

        **digests** hold for the revision that the registry names. A digest that is denied is refused as part of an \#
        index too, and
        wherever another policy or the same one allows it. An index is allowed by its own digest.

        **freezeWindows** are two RFC 3339 times, or hours as `HH:MM` with `days` (every day where they are \#
        absent) and a
        `timeZone` such as `Europe/Berlin` or `+01:00`. A window that ends before it begins ends on the next day.

        A revision that is held by an age or a window is looked at again at the moment at which that ends. The one \#
        that is
        stored is held up by neither.

        ## What it says of itself

        | condition | reason | meaning |
        |---|---|---|
        | `Ready=True` | `Accepted` | The policy can be read, and it is enforced. |
        | `Ready=False` | `InvalidPolicy` | The message names the field that is wrong. Every source that the \#
        policy covers is refused until it is corrected. Where its `repositories` cannot be read either, or a field is \#
        unknown, it could be about anything, and covers all sources of its namespace, or of the cluster. |

        `status.sources` is the number of sources that it covers. What a policy makes of one of them stands in the \#
        conditions of
        that source, with the name of the policy. A Secret that a policy names and that is missing is a refusal there.

        Policies are taken from a watch, and so are the Secrets that they name: a change counts at once, and no \#
        reconcile asks
        the API server for one. A cluster without the CRDs has no policies.
        """#
}
