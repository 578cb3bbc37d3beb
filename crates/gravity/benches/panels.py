"""Seeded synthetic gravity panels. usage: python panels.py NAME ; writes NAME.parquet here (numpy, pandas, pyarrow)
b0: 70 countries x 20 years (98k rows)   b1: 200 x 200 x 25 = 1.0M rows
b2: 100 x 100 x 20 years x 5 sectors = 1.0M rows    b3: firm level, ~5.0M rows (firm x destination x year, unbalanced)
True betas: rta=0.35, border(log)-like x2=-0.20, tariff x3=-1.5 (log(1+t)). Poisson-lognormal errors; ~35% zeros.
"""
import numpy as np, pandas as pd, sys
def country(N,T,K,seed,share_zero=0.35):
    g=np.random.default_rng(seed)
    loc=g.uniform(0,1,(N,2)); D=np.sqrt(((loc[:,None]-loc[None])**2).sum(-1))*9000+200; np.fill_diagonal(D,g.uniform(50,400,N))
    size=np.exp(g.normal(0,1.6,N)); lang=(g.uniform(size=(N,N))<0.12); lang=lang|lang.T
    i,j,t,k=np.meshgrid(np.arange(N),np.arange(N),np.arange(T),np.arange(K),indexing='ij'); i,j,t,k=[a.ravel().astype(np.int32) for a in (i,j,t,k)]
    # RTA: pair-symmetric start years, more likely when near
    pr=np.exp(-D/3000); st=np.where(g.uniform(size=(N,N))<0.6*pr,g.integers(-5,T+5,(N,N)),10**6); st=np.minimum(st,st.T); np.fill_diagonal(st,10**6)
    rta=(t>=st[i,j]).astype(np.float64)
    mfn=np.abs(g.normal(0.08,0.04,(N,T,K))); tar=np.where((rta>0)|(i==j),0.0,mfn[j,t,k])*(0.7+0.6*g.uniform(size=len(i)))
    ltar=np.log1p(tar); brd=((i!=j)*1.0)*(1-0.02*t)*(1+0.3*g.normal(size=(N,))[j])*g.uniform(0.8,1.2,len(i))
    a=np.log(size)[i]+0.03*t+0.25*g.normal(size=(N,T,K))[i,t,k]; b=np.log(size)[j]+0.03*t+0.25*g.normal(size=(N,T,K))[j,t,k]
    pfe=-1.0*np.log(D[i,j])+0.4*lang[i,j]+0.6*g.normal(size=(N,N,K))[i,j,k]
    eta=6+a+b+pfe+0.35*rta-0.20*brd-1.5*ltar
    mu=np.exp(eta); s=0.9; y=mu*np.exp(s*g.normal(size=len(i))-s*s/2)
    # zeros: small flows more likely zero
    z=g.uniform(size=len(i))<1/(1+(mu/np.quantile(mu,share_zero))**1.2)*0.7; y=np.where(z,0,np.round(y,3))
    d=pd.DataFrame(dict(exporter=i,importer=j,year=(1995+t).astype(np.int32),sector=k,trade=y,rta=rta,ltar=ltar,brd=brd))
    return d
def firm(n,seed):
    g=np.random.default_rng(seed); F,Dn,T=60000,150,10
    nd=np.minimum(1+g.geometric(0.09,F),Dn); tot=0; f=np.repeat(np.arange(F),nd); 
    # dest popularity zipf
    pop=1/np.arange(1,Dn+1)**0.7; pop/=pop.sum(); dd=g.choice(Dn,len(f),p=pop); pr=np.unique(np.stack([f,dd],1),axis=0); f,dd=pr[:,0],pr[:,1]
    fi=np.repeat(f,T); di=np.repeat(dd,T); ti=np.tile(np.arange(T),len(f)); keep=g.uniform(size=len(fi))<0.95; fi,di,ti=fi[keep],di[keep],ti[keep]
    if len(fi)>n: 
        m=g.permutation(len(fi))[:n]; m.sort(); fi,di,ti=fi[m],di[m],ti[m]
    st=g.integers(-3,T+8,Dn); rta=((ti>=st[di])&(g.uniform(size=F)[fi]<0.7))*1.0; ltar=np.log1p(np.where(rta>0,0,np.abs(g.normal(.06,.03,(F//100,Dn,T)))[fi//100%(F//100),di,ti]))
    x3=g.normal(size=len(fi))
    eta=1+0.8*g.normal(size=(F,T))[fi,ti]+0.8*g.normal(size=F)[fi]+0.5*g.normal(size=(Dn,T))[di,ti]+0.9*g.normal(size=len(f))[np.searchsorted(f*Dn+dd,fi*Dn+di)]+0.35*rta-1.5*ltar-0.2*x3
    mu=np.exp(eta); y=g.poisson(mu*np.exp(0.6*g.normal(size=len(mu))-.18)).astype(float)
    return pd.DataFrame(dict(firm=fi.astype(np.int32),dest=di.astype(np.int32),year=(2005+ti).astype(np.int32),trade=y,rta=rta,ltar=ltar,brd=x3))
if __name__=='__main__':
    nm=sys.argv[1]; 
    d={'b0':lambda:country(70,20,1,11),'b1':lambda:country(200,25,1,12),'b2':lambda:country(100,20,5,13),'b3':lambda:firm(5_000_000,14)}[nm]()
    if nm!='b3':
        d['ey']=(d.exporter*1000+d.year-1990)*10+d.sector; d['iy']=(d.importer*1000+d.year-1990)*10+d.sector; d['pair']=(d.exporter*1000+d.importer)*10+d.sector
    else:
        d['ey']=d.firm*100+d.year-2000; d['iy']=d.dest*100+d.year-2000; d['pair']=d.firm*1000+d.dest
    d[['ey','iy','pair']]=d[['ey','iy','pair']].astype(np.int32)
    print(nm,len(d),'zeros',(d.trade==0).mean(),'FE levels',d.ey.nunique(),d.iy.nunique(),d.pair.nunique())
    o='./'+nm; d.to_parquet(o+'.parquet')
