enum TestKeys {
    /// A key of nobody, made for these tests.
    static let rsa = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDD9SNRzUZUEGm3
        /axR2FasLJgnXDqRfu81k99Muk+sMmPgMPA2SOsVPOpVlEB7+UETw9t58Zv6tUIx
        D6S54Jx+gWlTdY/lw4yG7i0elzTFxwWZoMhinuac1k7IU1iBVkRvUgrmJjxXyWm0
        sJu8HFdE4PyI/lwOTIYYZEMEUxPRCb/fElsXAHjSXfnS8Y5PlIN6tN9VVHml9ey4
        LQswojtGVLI4PYoZDbPcn1d4UioWy7qaFEH/ztTDv4QNbNYuneJTKGljMQOrXRir
        0A35cIQS5v/LG9Rlsq7oEWbUKQsntVARSViL8oW8HwgJ0ARediDtSI0QQBLiAJA1
        CIkT9XpHAgMBAAECggEASG4zv+jANhJbAUciip4Ma1eQZfwRKfZhNMyTnSjAikWV
        5Sgxod8SBaeedkN2ElzvUP70AP7tSJ32+Wtu18XOEnSDGfY6WhMNvlILG2OIfhIy
        X7auWsWhOBd+x00HScc5RGxu2uMHKuunxsIAzmcrWqpOrdRW8nIWnq1wmAidKoZq
        NHKOtA9mSbgPu0GIqsUrpIVbR6fw/Mmd8+ZcDYdiaUSyeCkN9hm+cFTcBs00k4Ww
        rp7uQLnGUiq9xEKri0H4VCWemcoA+C5nkQAcoDcG/MMDL8FYqpx+ZA8JQIPq6jg+
        Wi/Y7HFaL7YSmVYn6/xw0xUPMKqZmtwcDsxqNnhUAQKBgQDsYEKLNBscHcghf1p1
        xY03PFGvd4av3dRsxQjnswm8FkkV8/KFojENaZmd8xHmxwaxP8Q4OtfaZUpjJ1X5
        DdxnbuR6qkDHlKOXTcs1CGhsW0a05qeKQJ/3D+5JeqVwKG2tshMnALof29OseNj8
        Uo+kaweGXRMpnRUoAb1oanQY9wKBgQDUOdudbZGN0FVSit5o5TCoIBwsAkr9z6C1
        vwQucLVpXkzscqur3vBitRnifFxhZtOIoYDEyPAj1qsRhbRJiRwS1mv6Ogf2ZrXJ
        vlF4OC3kcYSQBTWjTBP5yHBqoLryGPKpR2OlPVS8GZzVfD5fnJgQIMv+L1oeTii2
        isqxtaclMQKBgQDiVqIhbTlwSMwz1yClmQ7Jj0aggBFGIWGg7WLDilqN8cD19muJ
        rm7N6wofhnrjwjwUSXz4YtAB3e/G1gmqu60KldLN6myxLxEedm1YUL680wH3gs12
        wr7p8iU30urLZMrxAYz5UebnTrV3dxg/NEc7JwlDjagltrZlYpUdgKG+rQKBgARf
        +PYC1zhMLiYYdMNGzjz5BHunxHH9ALweZvCqJCM67W0GZCGT4/K09wajN6hOXVf4
        tFXaKpEikL44umG1sN12jB1JavaaYW76PGW1CsUlzezGHrfyDotcpWydSZ1KBF6W
        +Sfj3sZN5NzFxedkrAHRG0NvKHVteQtiSxFkxEBRAoGAT7NUJOIeIithT6ZqYwPg
        BhsYY8bYsRRfSFH7kiR1x+kTPFLXG1OT7A6fwhd+kf4VFUUgsB1JVk5uSOfbF/Jy
        5M1J4CLi8g0NiyeL/qF/+JdupI8DREiHQMcE/1tBW10zTZmQD7J4PcKTtg3JBvYm
        B2G38fQoj09BA03CwNKB/kE=
        -----END PRIVATE KEY-----

        """
}
