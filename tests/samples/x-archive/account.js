window.YTD.account.part0 = [
  {
    "account" : {
      "email" : "nobody@example.com",
      "createdVia" : "web",
      "username" : "ada_example",
      "accountId" : "1234567",
      "createdAt" : "2010-01-01T00:00:00.000Z",
      "accountDisplayName" : "Ada Example"
    }
  }
]